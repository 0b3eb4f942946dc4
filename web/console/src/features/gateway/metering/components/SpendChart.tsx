import Box from "@mui/material/Box"
import { useTheme } from "@mui/material/styles"
import useMediaQuery from "@mui/material/useMediaQuery"
import { useTranslation } from "react-i18next"
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts"
import { useFormat } from "~/i18n/useFormat"
import type { Bar as LedgerBar } from "../ledger"
import { moneyTicks } from "../ticks"

interface SpendChartProps {
  bars: readonly LedgerBar[]
  currency: string
  bucket: "hour" | "day"
  onOpen: (bar: LedgerBar) => void
}

/** Spent and saved per hour or day, stacked: together what the asked-for models would have cost. */
export default function SpendChart({ bars, currency, bucket, onOpen }: SpendChartProps) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const theme = useTheme()
  const calm = useMediaQuery("(prefers-reduced-motion: reduce)")
  const narrow = useMediaQuery(theme.breakpoints.down("sm"))
  const palette = (theme.vars ?? theme).palette
  const ticks = moneyTicks(Math.max(0, ...bars.map((each) => each.spent + each.lost + each.saved)))
  const label = (start: string) =>
    bucket === "hour"
      ? new Date(start).toLocaleTimeString(format.locale, {
          hour: "2-digit",
          minute: "2-digit",
          hour12: false,
        })
      : format.moment(start, "day")
  const open = (data: { payload?: unknown }) => onOpen(data.payload as LedgerBar)
  const bar = {
    stackId: "money",
    isAnimationActive: !calm,
    animationDuration: 300,
    cursor: "pointer",
    maxBarSize: 38,
  }
  return (
    <Box sx={{ height: { xs: 220, md: 270 }, "& .recharts-surface:focus": { outline: "none" } }}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={[...bars]}
          margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
          barCategoryGap="22%"
          accessibilityLayer
        >
          <CartesianGrid vertical={false} stroke={palette.divider} />
          <XAxis
            dataKey="start"
            tickFormatter={label}
            tickLine={false}
            axisLine={{ stroke: palette.divider }}
            tick={{ fill: palette.text.secondary, fontSize: 11.5 }}
            minTickGap={narrow ? 30 : 40}
            dy={6}
          />
          <YAxis
            width={narrow ? 46 : 58}
            tickFormatter={(value: number) => (value === 0 ? "0" : format.money(Math.round(value), currency))}
            tickLine={false}
            axisLine={false}
            tick={{ fill: palette.text.secondary, fontSize: 11.5 }}
            ticks={ticks}
            domain={[0, ticks.at(-1) ?? 0]}
          />
          <Tooltip
            cursor={{ fill: palette.action.hover }}
            isAnimationActive={false}
            content={({ active, payload }) => {
              const shown = payload?.[0]?.payload as LedgerBar | undefined
              return active && shown ? <ChartNote bar={shown} currency={currency} bucket={bucket} /> : null
            }}
          />
          <Bar {...bar} dataKey="spent" name={t("spent")} fill={palette.ledger.spent} onClick={open} />
          <Bar
            {...bar}
            dataKey="lost"
            name={t("lost")}
            fill={palette.ledger.loss}
            onClick={open}
            radius={[3, 3, 0, 0]}
          />
          <Bar
            {...bar}
            dataKey="saved"
            name={t("saved")}
            fill={palette.ledger.saved}
            onClick={open}
            radius={[3, 3, 0, 0]}
          />
        </BarChart>
      </ResponsiveContainer>
    </Box>
  )
}

function ChartNote({ bar, currency, bucket }: { bar: LedgerBar; currency: string; bucket: "hour" | "day" }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const rows = [
    { name: t("spent"), value: format.money(bar.spent + bar.lost, currency), color: "ledger.spent" },
    bar.lost > 0
      ? { name: t("lost"), value: format.money(bar.lost, currency), color: "ledger.loss" }
      : { name: t("saved"), value: format.money(bar.saved, currency), color: "ledger.saved" },
  ]
  const day = new Date(bar.start).toLocaleDateString(format.locale, {
    weekday: "short",
    month: "short",
    day: "numeric",
  })
  return (
    <Box
      sx={{
        p: 1.5,
        minWidth: 170,
        borderRadius: "10px",
        border: 1,
        borderColor: "divider",
        bgcolor: "background.raised",
        boxShadow: "0 10px 28px rgb(0 0 0 / 0.14)",
        fontSize: "0.8125rem",
      }}
    >
      <Box sx={{ fontWeight: 600, mb: 0.5 }}>
        {day}
        {bucket === "hour" && ` ${format.moment(bar.start, "clock").slice(0, 5)}`}
      </Box>
      {rows.map((row) => (
        <Box key={row.name} sx={{ display: "flex", alignItems: "center", gap: 1 }}>
          <Box sx={{ width: 9, height: 9, borderRadius: "3px", bgcolor: row.color }} />
          <Box sx={{ flex: 1, color: "text.secondary" }}>{row.name}</Box>
          <Box className="tabular" sx={{ fontWeight: 550 }}>
            {row.value}
          </Box>
        </Box>
      ))}
      <Box sx={{ color: "text.secondary", mt: 0.5 }}>
        {t("requests_count", { count: bar.requests, formatted: format.count(bar.requests) })}
      </Box>
    </Box>
  )
}
