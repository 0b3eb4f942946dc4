import Box from "@mui/material/Box"
import IconButton from "@mui/material/IconButton"
import MenuItem from "@mui/material/MenuItem"
import Select from "@mui/material/Select"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import type { ApprovalCase, ApprovalCaseResult } from "@powerautomation/api-client"
import { fonts, Panel, StatusBadge } from "@powerautomation/design"
import { Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { LevelBadge } from "~/display"
import { levels } from "../draft"

interface CasesPanelProps {
  cases: readonly ApprovalCase[]
  /** How each is judged by the rules on the page; fewer while that is not known yet. */
  results: readonly ApprovalCaseResult[]
  onChange: ((cases: readonly ApprovalCase[]) => void) | null
}

/** Saved tests: what must stay as it is, red or green before anything is saved. */
export function CasesPanel({ cases, results, onChange }: CasesPanelProps) {
  const { t } = useTranslation("risk")
  const change = (index: number, one: ApprovalCase | null) =>
    onChange?.(cases.flatMap((old, at) => (at === index ? (one ? [one] : []) : [old])))
  const wrong = results.filter((one) => !one.right).length
  return (
    <Panel
      title={t("cases.title")}
      hint={t("cases.hint")}
      actions={
        cases.length > 0 && (
          <StatusBadge tone={wrong ? "bad" : "good"}>
            {wrong ? t("cases.wrong", { count: wrong }) : t("cases.all_right")}
          </StatusBadge>
        )
      }
    >
      {cases.length === 0 && (
        <Typography variant="body2" color="textSecondary">
          {t("cases.empty")}
        </Typography>
      )}
      <Box component="ul" aria-label={t("cases.title")} sx={{ listStyle: "none", m: 0, p: 0 }}>
        {cases.map((one, index) => {
          const result = results[index]
          return (
            <Box
              component="li"
              // biome-ignore lint/suspicious/noArrayIndexKey: two cases may be alike
              key={index}
              sx={{
                display: "flex",
                gap: 1.25,
                alignItems: "center",
                flexWrap: "wrap",
                py: 1,
                "& + &": { borderTop: 1, borderColor: "divider" },
              }}
            >
              <StatusBadge tone={!result ? "neutral" : result.right ? "good" : "bad"}>
                {t(!result ? "cases.waits" : result.right ? "cases.right" : "cases.not_right")}
              </StatusBadge>
              <Typography
                variant="body2"
                sx={{
                  fontFamily: fonts.mono,
                  fontSize: 13,
                  flex: "1 1 200px",
                  minWidth: 0,
                  overflowWrap: "anywhere",
                }}
              >
                {one.command || one.tool}
              </Typography>
              <Select
                size="small"
                value={one.at_least ? `${one.level}+` : one.level}
                disabled={!onChange}
                onChange={(event) => {
                  const value = event.target.value
                  change(index, { ...one, level: value.replace("+", ""), at_least: value.endsWith("+") })
                }}
                inputProps={{ "aria-label": t("cases.must", { name: one.name }) }}
              >
                {levels.map((level) => (
                  <MenuItem key={level} value={level}>
                    {t("cases.exactly", { level: t(`levels.${level}`) })}
                  </MenuItem>
                ))}
                {levels.slice(1).map((level) => (
                  <MenuItem key={`${level}+`} value={`${level}+`}>
                    {t("cases.at_least", { level: t(`levels.${level}`) })}
                  </MenuItem>
                ))}
                <MenuItem value="DENY">{t("levels.DENY")}</MenuItem>
              </Select>
              {result && !result.right && (
                <Box sx={{ display: "flex", gap: 0.75, alignItems: "center" }}>
                  <Typography variant="caption" color="textSecondary">
                    {t("cases.is")}
                  </Typography>
                  <LevelBadge level={result.denied ? "DENY" : result.level} />
                </Box>
              )}
              {onChange && (
                <Tooltip title={t("cases.remove")}>
                  <IconButton
                    onClick={() => change(index, null)}
                    aria-label={t("cases.remove_named", { name: one.name })}
                  >
                    <Trash2 size={17} />
                  </IconButton>
                </Tooltip>
              )}
            </Box>
          )
        })}
      </Box>
    </Panel>
  )
}
