import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Chip from "@mui/material/Chip"
import MenuItem from "@mui/material/MenuItem"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { Dimension, Exploration, ExploredSums } from "@powerautomation/api-client"
import { EmptyState, PageHeader, Panel, Stat } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { Download, Sigma, X } from "lucide-react"
import { lazy, Suspense } from "react"
import { useTranslation } from "react-i18next"
import { Money, RouterButton, Tokens, useNow } from "~/display"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { basePath } from "~/server"
import { UsageTable } from "../components/UsageTable"
import { isCompared } from "../ledger"
import { endOf, periodOf, ranges } from "../period"
import { explorationQuery } from "../queries"
import { dimensions, filterOf, groupsOf, type UsageSearch, usageBars } from "../usage"

const SpendChart = lazy(() => import("../components/SpendChart"))

/** Sums of the ledger by any dimension, narrowed by clicking lines, with the CSV of what is seen. */
export function UsagePage() {
  const { t } = useTranslation("metering")
  const search = useSearch({ from: "/signed-in/usage" })
  const navigate = useNavigate()
  const range = search.range ?? "30d"
  const by = search.by ?? "model"
  const { from, to, bucket } = periodOf(range, useNow(60_000))
  const filter = filterOf(search)
  const question = {
    ...filter,
    from,
    to,
    bucket,
    group_by: by,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  }
  const query = useQuery(explorationQuery(question))
  const totals = [...(query.data?.totals ?? [])].sort((a, b) => b.requests - a.requests)
  const total = totals.find((one) => one.currency === search.currency) ?? totals[0]
  const rows = query.data?.rows ?? []
  const go = (change: UsageSearch) =>
    void navigate({ to: "/usage", search: { ...search, ...change }, replace: true })
  const narrow = (value: string) => go({ [by]: value, by: nextDimension(by) })
  const csv = `${basePath}api/v1/usage/explore.csv?${new URLSearchParams(question)}`
  return (
    <>
      <PageHeader
        title={t("usage.title")}
        hint={t("usage.hint")}
        actions={
          <Button
            component="a"
            href={csv}
            download
            variant="outlined"
            color="inherit"
            startIcon={<Download size={16} />}
          >
            {t("usage.csv")}
          </Button>
        }
      />
      <Box
        role="search"
        aria-label={t("filters.title")}
        sx={{ display: "flex", flexWrap: "wrap", gap: 1, mb: 2 }}
      >
        <Select
          label={t("overview.range")}
          value={range}
          options={ranges}
          name={(one) => t(`ranges.${one}`)}
          onChoose={(value) => go({ range: value })}
        />
        <Select
          label={t("usage.by")}
          value={by}
          options={dimensions}
          name={(one) => t(`usage.dimensions.${one}`)}
          onChoose={(value) => go({ by: value })}
        />
        {totals.length > 1 && total && (
          <Select
            label={t("overview.currency")}
            value={total.currency}
            options={totals.map((one) => one.currency)}
            name={(one) => one}
            onChoose={(value) => go({ currency: value })}
          />
        )}
        {dimensions
          .filter((name) => search[name] !== undefined)
          .map((name) => (
            <Chip
              key={name}
              sx={{ alignSelf: "center", maxWidth: 320 }}
              label={`${t(`usage.dimensions.${name}`)}: ${search[name]}`}
              onDelete={() => go({ [name]: undefined })}
              deleteIcon={<X size={14} aria-label={t("filters.clear")} />}
            />
          ))}
      </Box>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={420} sx={{ borderRadius: "14px" }} />}
      {query.data && !total && (
        <Card>
          <EmptyState
            icon={<Sigma size={24} />}
            title={t("usage.none")}
            text={t("usage.none_text")}
            action={
              <RouterButton to="/usage" search={{}} variant="contained">
                {t("filters.clear")}
              </RouterButton>
            }
          />
        </Card>
      )}
      {query.data && total && (
        <Box sx={{ display: "grid", gap: 2.5, opacity: query.isPlaceholderData ? 0.6 : 1 }}>
          <Figures total={total} />
          {by !== "tag" && (
            <Panel
              title={bucket === "hour" ? t("overview.per_hour") : t("overview.per_day")}
              hint={t("overview.chart_hint")}
            >
              <Suspense fallback={<Skeleton variant="rounded" height={270} />}>
                <SpendChart
                  bars={usageBars(rows, total.currency)}
                  currency={total.currency}
                  bucket={bucket}
                  onOpen={(bar) =>
                    void navigate({
                      to: "/requests",
                      search: { from: bar.start, to: endOf(bar.start, bucket) },
                    })
                  }
                />
              </Suspense>
            </Panel>
          )}
          <Panel title={t(`usage.dimensions.${by}`)} flush>
            <UsageTable groups={groupsOf(rows, total.currency)} currency={total.currency} onNarrow={narrow} />
          </Panel>
          <Basis report={query.data} total={total} />
        </Box>
      )}
    </>
  )
}

/** Where a click on a line leads: whoever looks into a provider wants its models, into a project its people. */
function nextDimension(by: Dimension): Dimension {
  if (by === "provider") return "served_model"
  return by === "project" || by === "tag" ? "person" : "model"
}

function Figures({ total }: { total: ExploredSums }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const money = (nanos: number) => <Money nanos={nanos} currency={total.currency} />
  const compared = isCompared(total)
  return (
    <Card
      sx={{
        p: { xs: 2.5, md: 3 },
        display: "grid",
        gap: 2.5,
        gridTemplateColumns: { xs: "1fr 1fr", md: "repeat(5, 1fr)" },
      }}
    >
      <Stat
        label={t("tiles.requests")}
        value={format.count(total.requests)}
        note={t("usage.attempts", { formatted: format.count(total.attempts) })}
      />
      <Stat
        label={t("tiles.tokens")}
        value={
          <Tokens
            count={
              total.input_tokens + total.cached_input_tokens + total.cache_write_tokens + total.output_tokens
            }
          />
        }
        note={t("usage.reasoning", { formatted: format.shortCount(total.reasoning_tokens) })}
      />
      <Stat
        label={t("spent")}
        value={money(total.spent_nanos)}
        note={
          total.unpriced_attempts > 0
            ? t("usage.unpriced", { formatted: format.count(total.unpriced_attempts) })
            : total.estimated_attempts > 0
              ? t("usage.estimated", { formatted: format.count(total.estimated_attempts) })
              : undefined
        }
      />
      <Stat
        label={t("saved")}
        value={compared ? money(total.savings_nanos) : "—"}
        tone={total.savings_nanos > 0 ? "saved" : "plain"}
        note={
          compared
            ? t("usage.of", { amount: format.money(total.baseline_nanos, total.currency) })
            : t("tiles.nothing_compared")
        }
      />
      <Stat
        label={t("usage.cache_lost")}
        value={money(total.cache_lost_nanos)}
        note={t("usage.cache_breaks", { formatted: format.count(total.cache_breaks) })}
      />
    </Card>
  )
}

/** How far the figures can be trusted: what was not compared, at which rates, and how losses are estimated. */
function Basis({ report, total }: { report: Exploration; total: ExploredSums }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  return (
    <Typography
      variant="caption"
      color="textSecondary"
      component="div"
      sx={{ display: "grid", gap: 0.5, px: 0.5 }}
    >
      <span>{t("usage.baseline_basis")}</span>
      <span>{t("usage.cache_basis")}</span>
      {total.unpriced_requests > 0 && (
        <span>{t("usage.uncompared", { formatted: format.count(total.unpriced_requests) })}</span>
      )}
      {report.rates.map((rate) => (
        <span key={`${rate.base}${rate.quote}${rate.on}`}>
          {t("usage.rate", {
            base: rate.base,
            quote: rate.quote,
            rate: rate.rate,
            on: rate.on,
            source: rate.source,
          })}
        </span>
      ))}
    </Typography>
  )
}

interface SelectProps<Option extends string> {
  label: string
  value: Option
  options: readonly Option[]
  name: (option: Option) => string
  onChoose: (option: Option) => void
}

function Select<Option extends string>({ label, value, options, name, onChoose }: SelectProps<Option>) {
  return (
    <TextField
      select
      size="small"
      label={label}
      value={value}
      onChange={(event) => onChoose(event.target.value as Option)}
      sx={{ width: { xs: "calc(50% - 4px)", sm: 190 } }}
    >
      {options.map((option) => (
        <MenuItem key={option} value={option}>
          {name(option)}
        </MenuItem>
      ))}
    </TextField>
  )
}
