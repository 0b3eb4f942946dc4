import Box from "@mui/material/Box"
import Card from "@mui/material/Card"
import type { SxProps, Theme } from "@mui/material/styles"
import Typography from "@mui/material/Typography"
import { type ReactNode, useId } from "react"

interface PanelProps {
  title?: ReactNode
  hint?: ReactNode
  actions?: ReactNode
  children: ReactNode
  /** Leave out the padding, for tables that reach the edge. */
  flush?: boolean
  sx?: SxProps<Theme>
}

// Tables that reach the edge begin and end where the heading does.
const alignedTables = {
  "& .MuiTableCell-root:first-of-type": { pl: 2.5 },
  "& .MuiTableCell-root:last-of-type": { pr: 2.5 },
}

/** A framed part of a page with its own heading. */
export function Panel({ title, hint, actions, children, flush = false, sx }: PanelProps) {
  const id = useId()
  return (
    <Card component="section" aria-labelledby={title ? id : undefined} sx={sx}>
      {(title || actions) && (
        <Box
          sx={{
            display: "flex",
            flexWrap: "wrap",
            alignItems: "center",
            gap: 1.5,
            px: 2.5,
            pt: 2,
            pb: flush ? 1.5 : 0,
          }}
        >
          <Box sx={{ flex: 1, minWidth: 0 }}>
            {title && (
              <Typography variant="h2" id={id}>
                {title}
              </Typography>
            )}
            {hint && (
              <Typography variant="caption" color="textSecondary" component="p">
                {hint}
              </Typography>
            )}
          </Box>
          {actions}
        </Box>
      )}
      <Box sx={flush ? alignedTables : { p: 2.5 }}>{children}</Box>
    </Card>
  )
}

interface PageHeaderProps {
  title: ReactNode
  hint?: ReactNode
  actions?: ReactNode
}

/** The one h1 of a page, what the page is for, and what can be done on it. */
export function PageHeader({ title, hint, actions }: PageHeaderProps) {
  return (
    <Box sx={{ display: "flex", flexWrap: "wrap", alignItems: "flex-end", gap: 2, mb: { xs: 2, md: 3 } }}>
      <Box sx={{ flex: "1 1 280px", minWidth: 0 }}>
        <Typography variant="h1" tabIndex={-1} id="page-title" sx={{ outline: "none !important" }}>
          {title}
        </Typography>
        {hint && (
          <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5, maxWidth: 720 }}>
            {hint}
          </Typography>
        )}
      </Box>
      {actions && (
        <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}>{actions}</Box>
      )}
    </Box>
  )
}
