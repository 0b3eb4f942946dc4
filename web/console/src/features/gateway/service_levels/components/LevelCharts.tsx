import Box from "@mui/material/Box"
import { useTheme } from "@mui/material/styles"
import Typography from "@mui/material/Typography"
import useMediaQuery from "@mui/material/useMediaQuery"
import type { ServiceLevel, ServicePeriod } from "@powerautomation/api-client"
import type { ReactElement } from "react"
import { useTranslation } from "react-i18next"
import {
  Bar,
  BarChart,
  CartesianGrid,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts"
import { useFormat } from "~/i18n/useFormat"

/** Error rate and latency by period, against what is promised. */
export default function LevelCharts({ level, period }: { level: ServiceLevel; period: ServicePeriod }) {
  const { t } = useTranslation("service_levels")
  const format = useFormat()
  const theme = useTheme()
  const calm = useMediaQuery("(prefers-reduced-motion: reduce)")
  const palette = (theme.vars ?? theme).palette
  const label = (start: string) =>
    period === "hour"
      ? format.moment(start, "clock").slice(0, 5)
      : period === "day"
        ? format.moment(start, "day")
        : new Date(start).toLocaleDateString(format.locale, { month: "short", timeZone: "UTC" })
  const tick = { fill: palette.text.secondary, fontSize: 11.5 }
  const data = [...level.periods]
  const xAxis = (
    <XAxis
      dataKey="start"
      tickFormatter={label}
      tickLine={false}
      axisLine={{ stroke: palette.divider }}
      tick={tick}
      minTickGap={36}
      dy={6}
    />
  )
  const tooltip = (show: (value: number) => string) => (
    <Tooltip
      cursor={{ fill: palette.action.hover }}
      isAnimationActive={false}
      labelFormatter={(start) => label(String(start))}
      formatter={(value) => show(Number(value))}
      contentStyle={{
        background: palette.background.paper,
        border: `1px solid ${palette.divider}`,
        borderRadius: 10,
        fontSize: 13,
      }}
    />
  )
  const promised = (y: number | null | undefined) =>
    y == null ? null : (
      <ReferenceLine y={y} stroke={palette.warning.main} strokeDasharray="5 4" ifOverflow="extendDomain" />
    )
  const charts: { name: string; chart: ReactElement }[] = [
    {
      name: t("chart.errors"),
      chart: (
        <BarChart data={data} margin={{ top: 8, right: 4, bottom: 0, left: 0 }} accessibilityLayer>
          <CartesianGrid vertical={false} stroke={palette.divider} />
          {xAxis}
          <YAxis width={48} tickFormatter={format.percent} tickLine={false} axisLine={false} tick={tick} />
          {tooltip(format.percent)}
          {promised(level.promise?.error_rate_percent)}
          <Bar
            dataKey="error_rate_percent"
            name={t("errors")}
            fill={palette.error.main}
            isAnimationActive={!calm}
            maxBarSize={28}
            radius={[3, 3, 0, 0]}
          />
        </BarChart>
      ),
    },
    {
      name: t("chart.latency"),
      chart: (
        <LineChart data={data} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer>
          <CartesianGrid vertical={false} stroke={palette.divider} />
          {xAxis}
          <YAxis width={58} tickFormatter={format.duration} tickLine={false} axisLine={false} tick={tick} />
          {tooltip(format.duration)}
          {promised(level.promise?.latency_p95_ms)}
          <Line
            dataKey="latency_p50_ms"
            name={t("p50")}
            stroke={palette.primary.main}
            strokeWidth={2}
            dot={data.length < 3}
            isAnimationActive={!calm}
          />
          <Line
            dataKey="latency_p95_ms"
            name={t("p95")}
            stroke={palette.text.secondary}
            strokeWidth={2}
            dot={data.length < 3}
            isAnimationActive={!calm}
          />
        </LineChart>
      ),
    },
  ]
  return (
    <Box sx={{ display: "grid", gap: 2.5, gridTemplateColumns: { md: "repeat(2, minmax(0, 1fr))" } }}>
      {charts.map(({ name, chart }) => (
        <Box key={name} component="figure" sx={{ m: 0, minWidth: 0 }}>
          <Typography component="figcaption" variant="caption" color="textSecondary">
            {name}
          </Typography>
          <Box sx={{ height: 170, "& .recharts-surface:focus": { outline: "none" } }}>
            <ResponsiveContainer width="100%" height="100%">
              {chart}
            </ResponsiveContainer>
          </Box>
        </Box>
      ))}
    </Box>
  )
}
