import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import ToggleButton from "@mui/material/ToggleButton"
import ToggleButtonGroup from "@mui/material/ToggleButtonGroup"
import Typography from "@mui/material/Typography"
import type { ServiceLevel, ServicePeriod } from "@powerautomation/api-client"
import { EmptyState, PageHeader, Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Download, ShieldCheck } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { RouterButton } from "~/display"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { basePath } from "~/server"
import { Breaches } from "../components/Breaches"
import { LevelCard } from "../components/LevelCard"
import { PromiseDialog } from "../components/PromiseDialog"
import { creditsQuery, levelsQuery } from "../queries"

const periods = ["hour", "day", "month"] as const satisfies readonly ServicePeriod[]
const SHOWN = 50

/** How providers keep their promises, what they broke, and what they owe for it. */
export function ServiceLevelsPage() {
  const { t } = useTranslation("service_levels")
  const [period, setPeriod] = useState<ServicePeriod>("day")
  const [edited, setEdited] = useState<ServiceLevel | null>(null)
  const levels = useQuery(levelsQuery(period))
  return (
    <>
      <PageHeader title={t("title")} hint={t("hint")} />
      <Box sx={{ mb: 2 }}>
        <ToggleButtonGroup
          size="small"
          exclusive
          value={period}
          onChange={(_, value: ServicePeriod | null) => value && setPeriod(value)}
          aria-label={t("by")}
        >
          {periods.map((one) => (
            <ToggleButton key={one} value={one}>
              {t(`periods.${one}`)}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </Box>
      {levels.error && <ProblemPanel error={levels.error} onRetry={() => void levels.refetch()} />}
      {levels.isPending && <Skeleton variant="rounded" height={320} sx={{ borderRadius: "14px" }} />}
      {levels.data?.length === 0 && (
        <Card>
          <EmptyState
            icon={<ShieldCheck size={24} />}
            title={t("empty.title")}
            text={t("empty.text")}
            action={
              <RouterButton to="/providers" variant="outlined">
                {t("empty.action")}
              </RouterButton>
            }
          />
        </Card>
      )}
      <Box sx={{ display: "grid", gap: 2.5 }}>
        {levels.data?.map((level) => (
          <LevelCard key={level.provider} level={level} period={period} onEdit={() => setEdited(level)} />
        ))}
        {levels.data && levels.data.length > 0 && (
          <>
            <Breaches />
            <Credits />
          </>
        )}
      </Box>
      {edited && <PromiseDialog level={edited} onClose={() => setEdited(null)} />}
    </>
  )
}

function Credits() {
  const { t } = useTranslation("service_levels")
  const format = useFormat()
  const credits = useQuery(creditsQuery)
  const some = (credits.data?.length ?? 0) > 0
  return (
    <Panel
      title={t("credits.title")}
      hint={t("credits.hint")}
      actions={
        some && (
          <Button
            size="small"
            variant="outlined"
            color="inherit"
            startIcon={<Download size={15} />}
            href={`${basePath}api/v1/service-levels/credits.csv`}
          >
            {t("credits.export")}
          </Button>
        )
      }
    >
      {credits.error && <ProblemPanel error={credits.error} />}
      {credits.data?.length === 0 && <Typography color="textSecondary">{t("credits.none")}</Typography>}
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1 }}>
        {credits.data?.slice(0, SHOWN).map((one) => (
          <Box
            component="li"
            key={`${one.provider}-${one.month}-${one.currency}`}
            sx={{ overflowWrap: "anywhere" }}
          >
            <strong className="tabular">{format.money(one.amount_nanos, one.currency)}</strong> ·{" "}
            {one.provider} · {one.month}
            <Typography variant="caption" color="textSecondary" component="div">
              {t("credits.why", {
                percent: format.percent(one.credit_percent),
                spent: format.money(one.spent_nanos, one.currency),
                measured: `${one.measured_percent.toLocaleString(format.locale, { maximumFractionDigits: 3 })}%`,
                promised: `${one.promised_percent.toLocaleString(format.locale, { maximumFractionDigits: 3 })}%`,
              })}
            </Typography>
          </Box>
        ))}
      </Box>
    </Panel>
  )
}
