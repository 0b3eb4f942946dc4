import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { AuditStream } from "@powerautomation/api-client"
import { Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { Ago } from "~/display"
import { ProblemPanel } from "~/feedback"
import { auditStreamsQuery } from "../queries"

/** Where events are sent as they happen, and how far each receiver is; nothing where the configuration names none. */
export function StreamsPanel() {
  const { t } = useTranslation("audit")
  const query = useQuery(auditStreamsQuery())
  if (query.error) return <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
  const streams = query.data?.items ?? []
  if (streams.length === 0) return null
  return (
    <Panel title={t("streams.title")} hint={t("streams.hint")} flush sx={{ mb: 2.5 }}>
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
        {streams.map((stream) => (
          <StreamRow key={stream.name} stream={stream} />
        ))}
      </Box>
    </Panel>
  )
}

function StreamRow({ stream }: { stream: AuditStream }) {
  const { t } = useTranslation("audit")
  return (
    <Box
      component="li"
      sx={{
        display: "flex",
        flexWrap: "wrap",
        alignItems: "center",
        columnGap: 2,
        rowGap: 0.5,
        px: 2.5,
        py: 1.25,
        borderTop: 1,
        borderColor: "divider",
      }}
    >
      <Box sx={{ flex: "1 1 12rem", minWidth: 0 }}>
        <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{stream.name}</Typography>
        <Typography variant="caption" color="textSecondary" component="p">
          {t(`streams.kinds.${stream.kind}`)}
        </Typography>
      </Box>
      <Typography variant="body2" color="textSecondary">
        {stream.behind > 0 ? t("streams.behind", { count: stream.behind }) : t("streams.all_delivered")}
      </Typography>
      {stream.delivered_at && (
        <Typography variant="body2" color="textSecondary">
          {t("streams.delivered")} <Ago moment={stream.delivered_at} />
        </Typography>
      )}
      <StreamBadge stream={stream} />
      {stream.error && (
        <Typography
          variant="caption"
          component="p"
          color={stream.failures > 0 ? "error" : "textSecondary"}
          sx={{ flexBasis: "100%", overflowWrap: "anywhere" }}
        >
          {t("streams.error", { error: stream.error })}
        </Typography>
      )}
    </Box>
  )
}

function StreamBadge({ stream }: { stream: AuditStream }) {
  const { t } = useTranslation("audit")
  if (stream.paused) return <StatusBadge tone="neutral">{t("streams.paused")}</StatusBadge>
  if (stream.failures > 0)
    return <StatusBadge tone="bad">{t("streams.failing", { count: stream.failures })}</StatusBadge>
  return <StatusBadge tone="good">{t("streams.running")}</StatusBadge>
}
