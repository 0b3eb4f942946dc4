import Alert from "@mui/material/Alert"
import Typography from "@mui/material/Typography"
import type { ProviderTest } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { wordsOf } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"

/** What a live test of a key found. */
export function TestResult({ test }: { test: ProviderTest }) {
  const { t } = useTranslation("providers")
  const format = useFormat()
  const { t: common, i18n } = useTranslation()
  if (test.problem) {
    const problem = wordsOf(test.problem, common, i18n.language)
    return (
      <Alert severity="error">
        <Typography variant="body2" sx={{ fontWeight: 600 }}>
          {problem.message}
        </Typography>
        {problem.action && <Typography variant="body2">{problem.action}</Typography>}
      </Alert>
    )
  }
  return (
    <Alert severity="success">
      {t("test.ok", { duration: format.duration(test.latency_ms), count: test.models.length })}
    </Alert>
  )
}
