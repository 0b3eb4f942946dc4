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
import { periodName, withoutGaps } from "../promise"

/** Error rate and latency by period, against what is promised. */
export default function LevelCharts({ level, period }: { level: ServiceLevel; period: ServicePeriod }) {
  const { t } = useTranslation("service_levels")
  const format = useFormat()
  const theme = useTheme()
  const calm = useMediaQuery("(prefers-reduced-motion: reduce)")
  const palette = (theme.vars ?? theme).palette
  const name = (start: string) => periodName(start, period, format.locale)
  const label = (start: string) =>
    period === "hour"
      ? new Date(start).toLocaleTimeString(format.locale, {
          hour: "2-digit",
          minute: "2-digit",
          hour12: false,
          timeZone: "UTC",
        })
      : name(start)
  const tick = { fill: palette.text.secondary, fontSize: 11.5 }
  const data = [...withoutGaps(level.periods, period)]
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
      labelFormatter={(start) => name(String(start))}
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
  const promisedKey = (value: number | null | undefined) =>
    value == null ? [] : [{ text: t("chart.promised"), color: "warning.main", dashed: true }]
  const charts: { title: string; legend: Key[]; chart: ReactElement }[] = [
    {
      title: t("chart.errors"),
      legend: promisedKey(level.promise?.error_rate_percent),
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
      title: t("chart.latency"),
      legend: [
        { text: t("chart.p50"), color: "primary.main" },
        { text: t("chart.p95"), color: "text.secondary" },
        ...promisedKey(level.promise?.latency_p95_ms),
      ],
      chart: (
        <LineChart data={data} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer>
          <CartesianGrid vertical={false} stroke={palette.divider} />
          {xAxis}
          <YAxis
            width={62}
            // A number and its unit, as in 300 毫秒, stay on one line.
            tickFormatter={(value: number) => format.duration(value).replaceAll(" ", "\u00a0")}
            tickLine={false}
            axisLine={false}
            tick={tick}
          />
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
      {charts.map(({ title, legend, chart }) => (
        <Box key={title} component="figure" sx={{ m: 0, minWidth: 0 }}>
          <Box component="figcaption" sx={{ display: "flex", flexWrap: "wrap", columnGap: 2, mb: 0.5 }}>
            <Typography component="span" variant="caption" sx={{ flex: "1 0 auto", fontWeight: 600 }}>
              {title}
            </Typography>
            {legend.map((key) => (
              <LegendKey key={key.text} {...key} />
            ))}
          </Box>
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

interface Key {
  text: string
  color: string
  dashed?: boolean
}

function LegendKey({ text, color, dashed = false }: Key) {
  return (
    <Typography
      component="span"
      variant="caption"
      color="textSecondary"
      sx={{ display: "inline-flex", alignItems: "center", gap: 0.75 }}
    >
      <Box
        component="span"
        sx={{ width: 16, borderTop: 2, borderTopStyle: dashed ? "dashed" : "solid", borderColor: color }}
      />
      {text}
    </Typography>
  )
}
