import Box from "@mui/material/Box"
import IconButton from "@mui/material/IconButton"
import Typography from "@mui/material/Typography"
import type { Limit } from "@powerautomation/api-client"
import { StatusBadge } from "@powerautomation/design"
import { Pencil, Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { useFormat } from "~/i18n/useFormat"
import { usedPercent } from "../draft"
import { useWords } from "../useWords"
import { UsedBar } from "./UsedBar"

interface LimitRowProps {
  limit: Limit
  onEdit: () => void
  onRemove: () => void
}

/** One limit: what it lets through, for whom, and how much of it is used now. */
export function LimitRow({ limit, onEdit, onRemove }: LimitRowProps) {
  const { t } = useTranslation("limits")
  const format = useFormat()
  const words = useWords()
  const spent = (usedPercent(limit) ?? 0) >= 100
  const name = words.limit(limit)
  return (
    <Box
      component="li"
      sx={{
        display: "grid",
        gridTemplateColumns: { xs: "minmax(0, 1fr) auto", sm: "minmax(0, 1fr) minmax(0, 1fr) auto" },
        gap: { xs: 1, sm: 3 },
        alignItems: "center",
        px: 2.5,
        py: 1.75,
        "& + &": { borderTop: 1, borderColor: "divider" },
      }}
    >
      <Box sx={{ minWidth: 0 }}>
        <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
          <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{name}</Typography>
          {spent ? (
            <StatusBadge tone="bad">{t("spent")}</StatusBadge>
          ) : (
            limit.warned && <StatusBadge tone="warning">{t("warned")}</StatusBadge>
          )}
        </Box>
        <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
          {t(`for.${limit.subject_kind}`, { name: limit.subject_name })}
          {limit.burst !== null && ` · ${t("burst", { amount: words.amount(limit, limit.burst) })}`}
          {limit.resets_at && ` · ${t("resets", { moment: format.moment(limit.resets_at, "short") })}`}
        </Typography>
      </Box>
      <Box sx={{ gridColumn: { xs: "1 / -1", sm: "auto" }, gridRow: { xs: 2, sm: "auto" } }}>
        <UsedBar limit={limit} />
      </Box>
      <Box sx={{ display: "flex", gap: 0.5 }}>
        <Allowed permission="limits:write">
          <IconButton size="small" onClick={onEdit} aria-label={t("edit.label", { name })}>
            <Pencil size={16} />
          </IconButton>
        </Allowed>
        <Allowed permission="limits:write">
          <IconButton size="small" onClick={onRemove} aria-label={t("remove.label", { name })}>
            <Trash2 size={16} />
          </IconButton>
        </Allowed>
      </Box>
    </Box>
  )
}
