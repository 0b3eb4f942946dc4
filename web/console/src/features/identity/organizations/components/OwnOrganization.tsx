import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import LinearProgress from "@mui/material/LinearProgress"
import Typography from "@mui/material/Typography"
import { useMutation, useQuery } from "@tanstack/react-query"
import { Download } from "lucide-react"
import { useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { api } from "~/server"
import { ownQuotasQuery } from "../queries"
import { QuotaBar } from "./QuotaBar"

const FEW = 6

/** One's own organization: what it has and may have, and all of it as one file. */
export function OwnOrganization() {
  const { t } = useTranslation("organizations")
  const may = useMay()
  const [all, setAll] = useState(false)
  const query = useQuery({ ...ownQuotasQuery, enabled: may("organizations:write") })
  const quotas = [...(query.data ?? [])].sort((one, other) => other.percent - one.percent)
  if (!may("organizations:write") && !may("organizations:export")) return null
  return (
    <Card sx={{ mt: 3, p: 2.5, display: "grid", gap: 2 }}>
      <Typography variant="h6" component="h2">
        {t("own.title")}
      </Typography>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {quotas.length > 0 && (
        <>
          <Box
            component="ul"
            aria-label={t("own.quotas")}
            sx={{
              listStyle: "none",
              m: 0,
              p: 0,
              display: "grid",
              gap: 2,
              gridTemplateColumns: { sm: "1fr 1fr", md: "1fr 1fr 1fr" },
            }}
          >
            {(all ? quotas : quotas.slice(0, FEW)).map((quota) => (
              <Box component="li" key={quota.resource} sx={{ minWidth: 0 }}>
                <QuotaBar quota={quota} />
              </Box>
            ))}
          </Box>
          <Button size="small" color="inherit" sx={{ justifySelf: "start" }} onClick={() => setAll(!all)}>
            {t(all ? "own.less" : "own.more")}
          </Button>
        </>
      )}
      {may("organizations:export") && <ExportAll />}
    </Card>
  )
}

function ExportAll() {
  const { t } = useTranslation("organizations")
  const format = useFormat()
  const [bytes, setBytes] = useState(0)
  const stopped = useRef<AbortController | null>(null)
  const size = (count: number) => `${format.count(Math.round(count / 104_857.6) / 10)} MB`
  const run = useMutation({
    mutationFn: () => {
      setBytes(0)
      stopped.current = new AbortController()
      return api.organizations.exportOwn(setBytes, stopped.current.signal)
    },
    onSuccess: (file) => {
      const link = document.createElement("a")
      link.href = URL.createObjectURL(file)
      link.download = "organization.zip"
      link.click()
      URL.revokeObjectURL(link.href)
      showToast(t("own.done", { size: size(file.size) }))
    },
  })
  const failed = run.error instanceof DOMException ? null : run.error
  return (
    <Box sx={{ display: "grid", gap: 1 }}>
      {failed && <ProblemPanel error={failed} />}
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
        <Button
          variant="outlined"
          startIcon={<Download size={17} />}
          loading={run.isPending}
          loadingPosition="start"
          onClick={() => run.mutate()}
        >
          {t("own.export")}
        </Button>
        {run.isPending && (
          <>
            <Typography variant="body2" className="tabular" role="status">
              {t("own.running", { size: size(bytes) })}
            </Typography>
            <Button size="small" color="inherit" onClick={() => stopped.current?.abort()}>
              {t("own.stop")}
            </Button>
          </>
        )}
      </Box>
      {run.isPending && <LinearProgress aria-label={t("own.export")} />}
      <Typography variant="caption" color="textSecondary">
        {t("own.export_hint")}
      </Typography>
    </Box>
  )
}
