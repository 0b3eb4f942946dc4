import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import type { SignInTest } from "@powerautomation/api-client"
import { Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { testQuery } from "../queries"
import { useRoleName } from "./RoleSelect"

/** What a test sign-in showed: the role it leads to or the exact error, and everything the provider said. */
export function TestReport({ testId, onClose }: { testId: string; onClose: () => void }) {
  const { t } = useTranslation("single_sign_on")
  const query = useQuery(testQuery(testId))
  const report = query.data
  const close = (
    <Button size="small" color="inherit" onClick={onClose}>
      {t("test.close")}
    </Button>
  )
  return (
    <Panel title={t("test.title")} hint={t("test.hint")} actions={close} sx={{ mb: 2 }}>
      {query.error && <ProblemPanel error={query.error} />}
      {report && <TestOutcome report={report} />}
    </Panel>
  )
}

/** The outcome of a test sign-in. */
export function TestOutcome({ report }: { report: SignInTest }) {
  const { t } = useTranslation("single_sign_on")
  const roleName = useRoleName()
  return (
    <Box sx={{ display: "grid", gap: 1.5 }}>
      {report.code ? (
        <Alert severity="error">
          <Typography variant="body2" sx={{ fontWeight: 600 }}>
            {report.message}
          </Typography>
          <Typography variant="body2">{report.action}</Typography>
          <Typography variant="caption" component="code">
            {report.code}
          </Typography>
        </Alert>
      ) : (
        <Alert severity="success">
          {t(`test.${report.outcome}` as "test.known", { role: roleName(report.role) })}
        </Alert>
      )}
      {report.claims && (
        <Box
          component="dl"
          sx={{
            m: 0,
            display: "grid",
            gridTemplateColumns: { xs: "1fr", sm: "minmax(120px, auto) 1fr" },
            columnGap: 2,
            rowGap: 0.5,
          }}
        >
          {Object.entries(report.claims).map(([name, value]) => (
            <Box key={name} sx={{ display: "contents" }}>
              <Typography component="dt" variant="body2" color="textSecondary">
                <code>{name}</code>
              </Typography>
              <Typography component="dd" variant="body2" sx={{ m: 0, overflowWrap: "anywhere" }}>
                {typeof value === "string" ? value : JSON.stringify(value)}
              </Typography>
            </Box>
          ))}
        </Box>
      )}
    </Box>
  )
}
