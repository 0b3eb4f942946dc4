import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import { layout, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { CircleStop, Play } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { automaticQuery, memoriesQuery, useSwitchAutomatic } from "../queries"
import { Key } from "./Key"

/** Stop everything automatic at once, without asking; does nothing for who may not, or when it is stopped. */
export function useStopAutomatic() {
  const { t } = useTranslation("requests")
  const may = useMay()
  const change = useSwitchAutomatic()
  const automatic = useQuery(automaticQuery).data?.automatic ?? false
  const mayStop = may("approvals:decide") || may("approvals:write")
  return {
    change,
    mayStop,
    stop: () => {
      if (mayStop && automatic && !change.isPending)
        change.mutate(false, { onSuccess: () => showToast(t("automatic.stopped")) })
    },
  }
}

/** Whether rules and remembered answers may say yes, who last said so, and the one button that stops it. */
export function AutomaticSwitch({ stopping }: { stopping: ReturnType<typeof useStopAutomatic> }) {
  const { t } = useTranslation("requests")
  const format = useFormat()
  const may = useMay()
  const query = useQuery(automaticQuery)
  const memories = useQuery(memoriesQuery)
  const [isAsking, setAsking] = useState(false)
  const { change } = stopping
  if (query.error) return <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return null
  const { automatic, changed_by, changed_at } = query.data
  return (
    <Box
      sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center", mb: 2 }}
      role="group"
      aria-label={t("automatic.title")}
    >
      <StatusBadge tone={automatic ? "info" : "warning"}>
        {automatic ? t("automatic.on") : t("automatic.off")}
      </StatusBadge>
      {automatic && (memories.data?.length ?? 0) > 0 && (
        <StatusBadge tone="neutral">{t("memories.count", { count: memories.data?.length ?? 0 })}</StatusBadge>
      )}
      {changed_at && (
        <Typography variant="caption" color="textSecondary">
          {t(automatic ? "automatic.started_by" : "automatic.stopped_by", {
            name: changed_by || "—",
            time: format.moment(changed_at, "short"),
          })}
        </Typography>
      )}
      {automatic && stopping.mayStop && (
        <Button
          variant="outlined"
          color="error"
          startIcon={<CircleStop size={17} />}
          aria-keyshortcuts="Shift+S"
          loading={change.isPending}
          onClick={stopping.stop}
          sx={{ minHeight: { xs: layout.touch, md: 36 }, ml: { md: "auto" } }}
        >
          {t("automatic.stop")}
          <Key name="⇧S" />
        </Button>
      )}
      {!automatic && may("approvals:write") && (
        <Button
          variant="outlined"
          color="inherit"
          startIcon={<Play size={17} />}
          onClick={() => setAsking(true)}
          sx={{ minHeight: { xs: layout.touch, md: 36 }, ml: { md: "auto" } }}
        >
          {t("automatic.start")}
        </Button>
      )}
      {!automatic && (
        <Alert severity="warning" sx={{ flexBasis: "100%" }}>
          {t("automatic.off_hint")}
        </Alert>
      )}
      {change.error && !isAsking ? <ProblemPanel error={change.error} /> : null}
      <ConfirmDialog
        open={isAsking}
        title={t("automatic.start_title")}
        text={t("automatic.start_text")}
        confirmLabel={t("automatic.start")}
        pending={change.isPending}
        error={change.error}
        onConfirm={() => change.mutate(true, { onSuccess: () => setAsking(false) })}
        onClose={() => setAsking(false)}
      />
    </Box>
  )
}
