import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { ReactNode } from "react"

interface EmptyStateProps {
  icon: ReactNode
  title: string
  text: string
  /** The one thing to do next. */
  action?: ReactNode
}

/** What a list shows while it has nothing: why, and the one next action. */
export function EmptyState({ icon, title, text, action }: EmptyStateProps) {
  return (
    <Box sx={{ py: { xs: 5, sm: 7 }, px: 3, textAlign: "center", maxWidth: 460, mx: "auto" }}>
      <Box
        aria-hidden
        sx={{
          display: "inline-grid",
          placeItems: "center",
          width: 52,
          height: 52,
          borderRadius: "14px",
          bgcolor: "ledger.accentSoft",
          color: "primary.main",
          mb: 2,
        }}
      >
        {icon}
      </Box>
      <Typography variant="h2" component="p" sx={{ mb: 0.75 }}>
        {title}
      </Typography>
      <Typography variant="body2" color="textSecondary" sx={{ mb: action ? 2.5 : 0 }}>
        {text}
      </Typography>
      {action}
    </Box>
  )
}
