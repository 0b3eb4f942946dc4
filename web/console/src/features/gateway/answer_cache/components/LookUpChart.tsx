import Box from "@mui/material/Box"
import { useTheme } from "@mui/material/styles"
import useMediaQuery from "@mui/material/useMediaQuery"
import { useTranslation } from "react-i18next"
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts"
import { useFormat } from "~/i18n/useFormat"

export interface LookUps {
  readonly start: string
  readonly hits: number
  readonly semantic: number
  readonly misses: number
}

/** Look-ups by day: answered by the same question, by one alike, or by the provider. */
export default function LookUpChart({ days }: { days: readonly LookUps[] }) {
  const { t } = useTranslation("answer_cache")
  const format = useFormat()
  const theme = useTheme()
  const calm = useMediaQuery("(prefers-reduced-motion: reduce)")
  const palette = (theme.vars ?? theme).palette
  const tick = { fill: palette.text.secondary, fontSize: 11.5 }
  const bars = [
    { key: "hits", color: palette.ledger.saved },
    // Mixed instead of translucent, so that the legend shows the same colour.
    {
      key: "semantic",
      color: `color-mix(in srgb, ${palette.ledger.saved} 50%, ${palette.background.paper})`,
    },
    { key: "misses", color: palette.ledger.spent },
  ] as const
  return (
    <Box sx={{ height: { xs: 240, md: 270 }, "& .recharts-surface:focus": { outline: "none" } }}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={[...days]} margin={{ top: 8, right: 4, bottom: 0, left: 0 }} accessibilityLayer>
          <CartesianGrid vertical={false} stroke={palette.divider} />
          <XAxis
            dataKey="start"
            tickFormatter={(start: string) => format.moment(start, "day")}
            tickLine={false}
            axisLine={{ stroke: palette.divider }}
            tick={tick}
            minTickGap={36}
            dy={6}
          />
          <YAxis width={44} tickFormatter={format.shortCount} tickLine={false} axisLine={false} tick={tick} />
          <Tooltip
            cursor={{ fill: palette.action.hover }}
            isAnimationActive={false}
            labelFormatter={(start) => format.moment(String(start), "day")}
            formatter={(value) => format.count(Number(value))}
            contentStyle={{
              background: palette.background.paper,
              border: `1px solid ${palette.divider}`,
              borderRadius: 10,
              fontSize: 13,
            }}
          />
          <Legend
            iconType="circle"
            iconSize={9}
            wrapperStyle={{ fontSize: 12.5, paddingTop: 10 }}
            formatter={(name: string) => <span style={{ color: palette.text.secondary }}>{name}</span>}
          />
          {bars.map(({ key, color }) => (
            <Bar
              key={key}
              dataKey={key}
              name={t(key)}
              stackId="look-ups"
              fill={color}
              maxBarSize={30}
              isAnimationActive={!calm}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </Box>
  )
}
