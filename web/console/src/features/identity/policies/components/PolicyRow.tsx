import Box from "@mui/material/Box"
import IconButton from "@mui/material/IconButton"
import Switch from "@mui/material/Switch"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import type { Policy } from "@powerautomation/api-client"
import { StatusBadge } from "@powerautomation/design"
import { Eye, History, Pencil, Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { Ago } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { useChangePolicy } from "../queries"

interface PolicyRowProps {
  policy: Policy
  onOpen: () => void
  onHistory: () => void
  onRemove: () => void
}

/** One policy: what it does, whether it is on, who changed it last. */
export function PolicyRow({ policy, onOpen, onHistory, onRemove }: PolicyRowProps) {
  const { t } = useTranslation("policies")
  const mayWrite = useMay()("policies:write")
  const change = useChangePolicy(policy)
  const { name } = policy
  const turn = (enabled: boolean) =>
    change.mutate(
      { enabled },
      {
        onSuccess: () => showToast(t(enabled ? "switched_on" : "switched_off", { name })),
      },
    )
  const opens = t(mayWrite ? "edit" : "show", { name })
  return (
    <Box component="li" sx={{ px: 2.5, py: 1.75, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
        <Box sx={{ flex: "1 1 260px", minWidth: 0 }}>
          <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
            <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{name}</Typography>
            <StatusBadge tone={policy.effect === "permit" ? "info" : "warning"}>
              {t(`effects.${policy.effect}`)}
            </StatusBadge>
          </Box>
          <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
            {policy.summary}
            {policy.summary && " · "}
            {t("version", { version: policy.version })} <Ago moment={policy.updated_at} />
            {policy.changed_by_name && ` · ${policy.changed_by_name}`}
          </Typography>
        </Box>
        <Box sx={{ display: "flex", alignItems: "center" }}>
          <Switch
            checked={policy.enabled}
            disabled={!mayWrite || change.isPending}
            onChange={(_, checked) => turn(checked)}
            slotProps={{ input: { "aria-label": t("switch", { name }) } }}
          />
          <Tooltip title={opens}>
            <IconButton onClick={onOpen} aria-label={opens}>
              {mayWrite ? <Pencil size={17} /> : <Eye size={17} />}
            </IconButton>
          </Tooltip>
          <Tooltip title={t("history.open", { name })}>
            <IconButton onClick={onHistory} aria-label={t("history.open", { name })}>
              <History size={17} />
            </IconButton>
          </Tooltip>
          {mayWrite && (
            <Tooltip title={t("remove.action")}>
              <IconButton onClick={onRemove} aria-label={t("remove.title", { name })}>
                <Trash2 size={17} />
              </IconButton>
            </Tooltip>
          )}
        </Box>
      </Box>
      {change.error && <ProblemPanel error={change.error} />}
    </Box>
  )
}
