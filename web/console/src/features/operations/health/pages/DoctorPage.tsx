import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { DoctorCheck } from "@powerautomation/api-client"
import { FactList, PageHeader, Panel, StatusBadge, type Tone } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { CircleAlert, CircleCheck, RefreshCw, TriangleAlert } from "lucide-react"
import { useTranslation } from "react-i18next"
import { Ago } from "~/display"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { useFeed } from "~/realtime"
import { wordsOfCheck } from "../findings"
import { doctorQuery, systemQuery } from "../queries"

const looks: Record<DoctorCheck["state"], { tone: Tone; icon: typeof CircleCheck; order: number }> = {
  failed: { tone: "bad", icon: CircleAlert, order: 0 },
  warning: { tone: "warning", icon: TriangleAlert, order: 1 },
  ok: { tone: "good", icon: CircleCheck, order: 2 },
}

/** What is wrong with this installation, worst first, and how to mend it. */
export function DoctorPage() {
  const { t } = useTranslation("health")
  const { t: common, i18n } = useTranslation()
  const query = useQuery(doctorQuery)
  const system = useQuery(systemQuery)
  const feed = useFeed()
  const format = useFormat()
  // The one check that only a browser can do: whether the WebSocket survives the way here.
  const browser: DoctorCheck = {
    id: "browser-websocket",
    title: t("doctor.websocket.title"),
    state: feed.connection === "live" ? "ok" : "warning",
    detail: feed.connection === "live" ? t("doctor.websocket.ok") : t("doctor.websocket.broken"),
    action: feed.connection === "live" ? "" : t("doctor.websocket.action"),
    code: "",
    values: {},
  }
  const checks = query.data
    ? [...query.data, browser].sort((a, b) => looks[a.state].order - looks[b.state].order)
    : []
  const bad = checks.filter((check) => check.state !== "ok").length
  return (
    <>
      <PageHeader
        title={t("doctor.title")}
        hint={t("doctor.hint")}
        actions={
          <Button
            variant="outlined"
            color="inherit"
            startIcon={<RefreshCw size={16} />}
            loading={query.isFetching}
            onClick={() => void query.refetch()}
          >
            {t("doctor.again")}
          </Button>
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <Typography variant="body2" color="textSecondary" role="status" sx={{ mb: 1.5 }}>
          {t("doctor.running")}
        </Typography>
      )}
      {query.isPending && <Skeleton variant="rounded" height={320} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          <Typography role="status" sx={{ px: 2.5, py: 1.75, fontWeight: 600 }}>
            {bad === 0 ? t("doctor.all_well") : t("doctor.findings", { count: bad })}
          </Typography>
          <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
            {checks.map((check) => {
              const { tone, icon: Icon } = looks[check.state]
              const words = wordsOfCheck(check, t, common, i18n.language)
              return (
                <Box
                  component="li"
                  key={check.id}
                  sx={{
                    display: "flex",
                    flexDirection: { xs: "column", sm: "row" },
                    gap: { xs: 0.75, sm: 2 },
                    px: 2.5,
                    py: 1.75,
                    borderTop: 1,
                    borderColor: "divider",
                    alignItems: "flex-start",
                  }}
                >
                  <Box sx={{ width: 96, flexShrink: 0, pt: 0.25 }}>
                    <StatusBadge tone={tone} icon={<Icon size={13} aria-hidden />}>
                      {t(`doctor.states.${check.state}`)}
                    </StatusBadge>
                  </Box>
                  <Box sx={{ minWidth: 0 }}>
                    <Typography variant="body2" sx={{ fontWeight: 600 }}>
                      {words.title}
                    </Typography>
                    <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
                      {words.detail}
                    </Typography>
                    {words.action && (
                      <Typography variant="body2" sx={{ mt: 0.5 }}>
                        → {words.action}
                      </Typography>
                    )}
                  </Box>
                </Box>
              )
            })}
          </Box>
        </Card>
      )}
      {system.data && (
        <Panel title={t("doctor.system")} sx={{ mt: 2.5 }}>
          <FactList
            facts={[
              { name: t("doctor.version"), value: system.data.version },
              {
                name: t("doctor.database"),
                value: system.data.database === "sqlite" ? "SQLite" : "PostgreSQL",
              },
              { name: "Redis", value: system.data.redis ? t("doctor.in_use") : t("doctor.not_needed") },
              { name: t("doctor.started"), value: <Ago moment={system.data.started_at} /> },
              {
                name: t("doctor.ledger_lag"),
                value: t("doctor.records", {
                  count: system.data.ledger_lag_records,
                  formatted: format.count(system.data.ledger_lag_records),
                }),
              },
            ]}
          />
        </Panel>
      )}
    </>
  )
}
