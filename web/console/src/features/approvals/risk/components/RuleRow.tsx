import Box from "@mui/material/Box"
import IconButton from "@mui/material/IconButton"
import Switch from "@mui/material/Switch"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import { fonts } from "@powerautomation/design"
import { Pencil, Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { LevelBadge } from "~/display"
import { type Level, levels, modes, type Rule } from "../draft"

interface RuleRowProps {
  rule: Rule
  onChange: ((rule: Rule | null) => void) | null
  onEdit: () => void
}

/** One rule of the organization: what it is about and what it does. */
export function RuleRow({ rule, onChange, onEdit }: RuleRowProps) {
  const { t } = useTranslation("risk")
  const { name, needs } = rule
  const level = levels.find((one): one is Level => one === rule.level)
  const about = [rule.command, ...rule.paths, ...rule.hosts, ...rule.tools, ...rule.agents].filter(Boolean)
  const mode = modes.find((one) => one === needs.mode)
  const asks = [
    mode && t(`modes.${mode}`),
    needs.timeout_seconds > 0 &&
      t("verdict.timeout", { count: Math.max(1, Math.round(needs.timeout_seconds / 60)) }),
    needs.approver_role && t("verdict.role", { role: needs.approver_role }),
    needs.reason_required && t("rule.reason_required"),
    needs.second_person && t("rule.second_person"),
  ].filter(Boolean)
  return (
    <Box component="li" sx={{ px: 2.5, py: 1.75, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
        <Box sx={{ flex: "1 1 260px", minWidth: 0 }}>
          <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
            <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{name}</Typography>
            {level && (
              <>
                <Typography variant="caption" color="textSecondary">
                  {t(rule.raises ? "rule.raises" : "rule.lowers_to")}
                </Typography>
                <LevelBadge level={level} />
              </>
            )}
          </Box>
          <Typography variant="body2" sx={{ fontFamily: fonts.mono, fontSize: 13, overflowWrap: "anywhere" }}>
            {about.join(", ")}
          </Typography>
          {asks.length > 0 && (
            <Typography variant="caption" color="textSecondary" component="p">
              {asks.join(" · ")}
            </Typography>
          )}
        </Box>
        {onChange && (
          <Box sx={{ display: "flex", alignItems: "center" }}>
            <Switch
              checked={rule.enabled}
              onChange={(_, enabled) => onChange({ ...rule, enabled })}
              slotProps={{ input: { "aria-label": t("rule.switch", { name }) } }}
            />
            <Tooltip title={t("rule.edit", { name })}>
              <IconButton onClick={onEdit} aria-label={t("rule.edit", { name })}>
                <Pencil size={17} />
              </IconButton>
            </Tooltip>
            <Tooltip title={t("rule.remove", { name })}>
              <IconButton onClick={() => onChange(null)} aria-label={t("rule.remove", { name })}>
                <Trash2 size={17} />
              </IconButton>
            </Tooltip>
          </Box>
        )}
      </Box>
    </Box>
  )
}
