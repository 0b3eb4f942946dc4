import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import { CopyButton } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import { useDescribedProblem } from "./problem"

interface ProblemPanelProps {
  error: unknown
  onRetry?: () => void
}

/** Something did not work: what happened, what to do, the request id, and a way to try again. */
export function ProblemPanel({ error, onRetry }: ProblemPanelProps) {
  const { t } = useTranslation()
  const problem = useDescribedProblem(error)
  return (
    <Alert
      severity="error"
      variant="outlined"
      sx={{ bgcolor: "background.paper" }}
      action={
        onRetry && (
          <Button color="inherit" size="small" onClick={onRetry}>
            {t("retry")}
          </Button>
        )
      }
    >
      <Typography variant="body2" sx={{ fontWeight: 600, color: "text.primary" }}>
        {problem.message}
      </Typography>
      {problem.action && (
        <Typography variant="body2" color="textSecondary" sx={{ mt: 0.25 }}>
          {problem.action}
        </Typography>
      )}
      {problem.requestId && (
        <Box
          sx={{
            display: "flex",
            alignItems: "center",
            gap: 0.5,
            mt: 0.5,
            color: "text.secondary",
            minWidth: 0,
          }}
        >
          <Typography variant="caption" sx={{ overflowWrap: "anywhere" }}>
            {t("request_id")}: <code>{problem.requestId}</code>
          </Typography>
          <CopyButton text={problem.requestId} label={t("copy_request_id")} copiedLabel={t("copied")} />
        </Box>
      )}
    </Alert>
  )
}
