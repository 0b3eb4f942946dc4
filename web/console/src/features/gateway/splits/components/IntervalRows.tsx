import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { ComparedArm, Measure } from "@powerautomation/api-client"
import { Panel } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import { placeOf, scaleOf } from "../scale"

interface IntervalRowsProps {
  measure: Measure
  arms: readonly ComparedArm[]
  baseline: string
  currency: string
}

/** One measure of every arm on one scale: a dot for what was measured, a bar for where the truth may lie. */
export function IntervalRows({ measure, arms, baseline, currency }: IntervalRowsProps) {
  const { t } = useTranslation("splits")
  const format = useFormat()
  const rows = arms.flatMap((arm) =>
    arm.estimates.filter((one) => one.measure === measure).map((estimate) => ({ arm, estimate })),
  )
  const scale = scaleOf(rows.map(({ estimate }) => estimate))
  const shown = (value: number) =>
    measure === "cost"
      ? format.money(Math.round(value), currency || "USD", "fine")
      : measure === "error_rate" || measure === "rating"
        ? `${(value * 100).toLocaleString(format.locale, { maximumFractionDigits: 1 })}%`
        : format.duration(value)
  return (
    <Panel title={t(`measures.${measure}`)}>
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1.75 }}>
        {rows.map(({ arm, estimate: { value, low, high, count } }) => {
          const told = low !== null && high !== null
          const from = t(measure === "rating" ? "from_ratings" : "from_count", {
            count,
            formatted: format.count(count),
          })
          return (
            <Box component="li" key={arm.name}>
              <Box sx={{ display: "flex", gap: 1.5, alignItems: "baseline", mb: 0.5 }}>
                <Typography variant="body2" sx={{ flex: 1, minWidth: 0, overflowWrap: "anywhere" }}>
                  {arm.name}
                  {arm.name === baseline && (
                    <Typography component="span" variant="caption" color="textSecondary">
                      {` · ${t("is_baseline")}`}
                    </Typography>
                  )}
                </Typography>
                <Typography
                  variant="body2"
                  className="tabular"
                  sx={{ fontWeight: 600, whiteSpace: "nowrap" }}
                >
                  {value === null ? "–" : shown(value)}
                </Typography>
              </Box>
              <Box
                aria-hidden
                sx={{ position: "relative", height: 14, borderRadius: 1, bgcolor: "background.sunken" }}
              >
                {told && (
                  <Box
                    sx={{
                      position: "absolute",
                      top: 4,
                      height: 6,
                      minWidth: 2,
                      borderRadius: 3,
                      left: `${placeOf(low, scale)}%`,
                      width: `${placeOf(high, scale) - placeOf(low, scale)}%`,
                      bgcolor: arm.name === baseline ? "ledger.spent" : "primary.main",
                      opacity: 0.55,
                    }}
                  />
                )}
                {value !== null && (
                  <Box
                    sx={{
                      position: "absolute",
                      top: 2,
                      width: 10,
                      height: 10,
                      ml: "-5px",
                      borderRadius: "50%",
                      left: `${placeOf(value, scale)}%`,
                      border: 2,
                      borderColor: arm.name === baseline ? "ledger.spent" : "primary.main",
                      bgcolor: told
                        ? arm.name === baseline
                          ? "ledger.spent"
                          : "primary.main"
                        : "transparent",
                    }}
                  />
                )}
              </Box>
              <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 0.25 }}>
                {value === null
                  ? t("no_value")
                  : `${told ? t("interval", { low: shown(low), high: shown(high) }) : t("too_few")} · ${from}`}
              </Typography>
            </Box>
          )
        })}
      </Box>
    </Panel>
  )
}
