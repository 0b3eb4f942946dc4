import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { Limit } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import { usedPercent } from "../draft"
import { useWords } from "../useWords"

/** How much of a limit is used, as a bar and in words. */
export function UsedBar({ limit }: { limit: Limit }) {
  const { t } = useTranslation("limits")
  const format = useFormat()
  const words = useWords()
  const percent = usedPercent(limit)
  const whole = limit.burst ?? limit.amount
  const text =
    limit.used === null
      ? t("used_unknown")
      : t("used", { used: words.figure(limit, limit.used), whole: words.amount(limit, whole) })
  const color =
    percent !== null && percent >= 100 ? "error.main" : limit.warned ? "warning.main" : "primary.main"
  return (
    <Box sx={{ minWidth: 0 }}>
      <Box
        role="meter"
        aria-label={`${words.limit(limit)}: ${limit.subject_name || t("kinds.organization")}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(percent ?? 0)}
        aria-valuetext={text}
        sx={{ height: 8, borderRadius: "4px", bgcolor: "background.sunken", overflow: "hidden" }}
      >
        <Box
          sx={{
            height: "100%",
            width: `${percent ?? 0}%`,
            minWidth: percent ? 3 : 0,
            bgcolor: color,
            transition: "width 220ms",
            "@media (prefers-reduced-motion: reduce)": { transition: "none" },
          }}
        />
      </Box>
      <Typography variant="caption" color="textSecondary" component="p" className="tabular" sx={{ mt: 0.5 }}>
        {text}
        {percent !== null && ` · ${format.percent(percent)}`}
      </Typography>
    </Box>
  )
}
