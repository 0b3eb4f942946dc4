import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import ToggleButton from "@mui/material/ToggleButton"
import ToggleButtonGroup from "@mui/material/ToggleButtonGroup"
import Typography from "@mui/material/Typography"
import type { CacheReport } from "@powerautomation/api-client"
import { EmptyState, PageHeader, Panel, Stat } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { DatabaseZap, Eraser } from "lucide-react"
import { lazy, Suspense, useState } from "react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { RouterButton, useNow } from "~/display"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { RouteTable, Saved } from "../components/RouteTable"
import { daysOf, hitPercent, sumOf } from "../days"
import { cacheQuery, type Range, ranges, useEmptyCache } from "../queries"

const LookUpChart = lazy(() => import("../components/LookUpChart"))

/** What the answer cache did and saved, what routes allow it, and how to empty it. */
export function AnswerCachePage() {
  const { t } = useTranslation("answer_cache")
  const [range, setRange] = useState<Range>("30d")
  const now = useNow(60_000)
  const query = useQuery(cacheQuery(range, now))
  const report = query.data
  const unused = report?.routes.length === 0 && report.items.length === 0
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          report &&
          !unused && (
            <Allowed permission="answer_cache:write">
              <EmptyCache />
            </Allowed>
          )
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={420} sx={{ borderRadius: "14px" }} />}
      {unused && (
        <Card>
          <EmptyState
            icon={<DatabaseZap size={24} />}
            title={t("empty.title")}
            text={t("empty.text")}
            action={
              <RouterButton to="/routes" variant="outlined">
                {t("empty.action")}
              </RouterButton>
            }
          />
        </Card>
      )}
      {report && !unused && (
        <>
          <ToggleButtonGroup
            size="small"
            exclusive
            value={range}
            onChange={(_, value: Range | null) => value && setRange(value)}
            aria-label={t("range")}
            sx={{ mb: 2 }}
          >
            {ranges.map((one) => (
              <ToggleButton key={one} value={one}>
                {t(`ranges.${one}`)}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
          <Report report={report} count={Number.parseInt(range, 10)} now={now} />
        </>
      )}
    </>
  )
}

function Report({ report, count, now }: { report: CacheReport; count: number; now: number }) {
  const { t } = useTranslation("answer_cache")
  const format = useFormat()
  const sums = sumOf(report.items)
  const percent = hitPercent(sums)
  const days = daysOf(count, now).starts.map((start) => ({
    start,
    ...sumOf(report.items.filter((item) => Date.parse(item.start) === Date.parse(start))),
  }))
  return (
    <Box sx={{ display: "grid", gap: 2.5, gridTemplateColumns: "minmax(0, 1fr)" }}>
      <Card
        sx={{
          p: { xs: 2.5, md: 3 },
          display: "grid",
          gap: 2.5,
          gridTemplateColumns: { xs: "1fr 1fr", md: "repeat(5, 1fr)" },
        }}
      >
        <Stat label={t("saved")} tone="saved" value={<Saved sums={sums} />} note={t("saved_note")} />
        <Stat
          label={t("hit_rate")}
          value={percent === null ? "–" : format.percent(percent)}
          note={t("hit_rate_note", { formatted: format.count(sums.hits + sums.semantic + sums.misses) })}
        />
        <Stat label={t("hits")} value={format.count(sums.hits)} />
        <Stat label={t("semantic")} value={format.count(sums.semantic)} />
        <Stat label={t("misses")} value={format.count(sums.misses)} />
      </Card>
      <Panel title={t("per_day")}>
        {report.items.length === 0 ? (
          <Typography color="textSecondary">{t("none_in_range")}</Typography>
        ) : (
          <Suspense fallback={<Skeleton variant="rounded" height={270} />}>
            <LookUpChart days={days} />
          </Suspense>
        )}
      </Panel>
      <Panel title={t("per_route")} hint={t("file_hint")} flush>
        <RouteTable report={report} />
      </Panel>
      <Typography variant="caption" color="textSecondary" sx={{ px: 0.5 }}>
        {report.store === "redis"
          ? t("store_redis")
          : t("store_memory", {
              bytes: format.count(Math.round((report.max_bytes ?? 0) / 1024 / 1024)),
              entries: format.count(report.max_entries ?? 0),
            })}
      </Typography>
    </Box>
  )
}

function EmptyCache() {
  const { t } = useTranslation("answer_cache")
  const [asking, setAsking] = useState(false)
  const empty = useEmptyCache()
  return (
    <>
      <Button
        variant="outlined"
        color="inherit"
        startIcon={<Eraser size={16} />}
        onClick={() => {
          empty.reset()
          setAsking(true)
        }}
      >
        {t("clear")}
      </Button>
      <ConfirmDialog
        open={asking}
        title={t("clear_title")}
        text={t("clear_text")}
        confirmLabel={t("clear")}
        pending={empty.isPending}
        error={empty.error}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          empty.mutate(undefined, {
            onSuccess: () => {
              setAsking(false)
              showToast(t("cleared"))
            },
          })
        }
      />
    </>
  )
}
