import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { ServiceLevel, ServicePeriod } from "@powerautomation/api-client"
import { StatusBadge, type Tone } from "@powerautomation/design"
import { Lock, Pencil } from "lucide-react"
import { lazy, Suspense } from "react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { useFormat } from "~/i18n/useFormat"

const LevelCharts = lazy(() => import("./LevelCharts"))

interface LevelCardProps {
  level: ServiceLevel
  period: ServicePeriod
  onEdit: () => void
}

/** One provider: this month against its promise, and how it went. */
export function LevelCard({ level, period, onEdit }: LevelCardProps) {
  const { t } = useTranslation("service_levels")
  const format = useFormat()
  const { promise, this_month: month } = level
  // Rounded up to 100 %, a broken promise would look like a kept one.
  const exact = (percent: number) =>
    percent.toLocaleString(format.locale, { maximumFractionDigits: 3, minimumFractionDigits: 0 })
  const tone = (value: number | null, promised: number | null | undefined, most: boolean): Tone =>
    value === null || promised == null
      ? "neutral"
      : (most ? value <= promised : value >= promised)
        ? "good"
        : "bad"
  const figures = [
    {
      name: t("availability"),
      value: month.availability_percent === null ? "–" : `${exact(month.availability_percent)}%`,
      promised: promise?.availability_percent == null ? null : `≥ ${exact(promise.availability_percent)}%`,
      tone: tone(month.availability_percent, promise?.availability_percent, false),
    },
    {
      name: t("p95"),
      value: month.latency_p95_ms === null ? "–" : format.duration(month.latency_p95_ms),
      promised: promise?.latency_p95_ms == null ? null : `≤ ${format.duration(promise.latency_p95_ms)}`,
      tone: tone(month.latency_p95_ms, promise?.latency_p95_ms, true),
    },
    {
      name: t("errors"),
      value: month.error_rate_percent === null ? "–" : `${exact(month.error_rate_percent)}%`,
      promised: promise?.error_rate_percent == null ? null : `≤ ${exact(promise.error_rate_percent)}%`,
      tone: tone(month.error_rate_percent, promise?.error_rate_percent, true),
    },
  ]
  return (
    <Card component="article" aria-label={level.provider} sx={{ p: 2.5, display: "grid", gap: 2 }}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
        <Box sx={{ flex: "1 1 200px", minWidth: 0 }}>
          <Typography variant="h2" sx={{ overflowWrap: "anywhere" }}>
            {level.provider}
          </Typography>
          <Typography variant="caption" color="textSecondary">
            {t("this_month", { count: month.attempts, formatted: format.count(month.attempts) })}
          </Typography>
        </Box>
        {level.declared ? (
          <StatusBadge tone="neutral" icon={<Lock size={12} aria-hidden />}>
            {t("promise.declared")}
          </StatusBadge>
        ) : (
          <Allowed permission="service_levels:write">
            <Button
              size="small"
              variant="outlined"
              color="inherit"
              startIcon={<Pencil size={15} />}
              onClick={onEdit}
            >
              {t(promise ? "promise.change" : "promise.add")}
            </Button>
          </Allowed>
        )}
      </Box>
      <Box sx={{ display: "grid", gap: 1.5, gridTemplateColumns: { xs: "1fr", sm: "repeat(3, 1fr)" } }}>
        {figures.map((figure) => (
          <Box key={figure.name}>
            <Typography variant="caption" color="textSecondary" component="div">
              {figure.name}
            </Typography>
            <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
              <Box component="span" className="tabular" sx={{ fontSize: "1.25rem", fontWeight: 600 }}>
                {figure.value}
              </Box>
              {figure.promised && (
                <StatusBadge tone={figure.tone}>{t("promised", { value: figure.promised })}</StatusBadge>
              )}
            </Box>
          </Box>
        ))}
      </Box>
      {level.periods.length > 0 && (
        <Suspense fallback={<Skeleton variant="rounded" height={190} />}>
          <LevelCharts level={level} period={period} />
        </Suspense>
      )}
    </Card>
  )
}
