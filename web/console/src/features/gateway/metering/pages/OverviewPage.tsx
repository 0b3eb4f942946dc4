import Box from "@mui/material/Box"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import ToggleButton from "@mui/material/ToggleButton"
import ToggleButtonGroup from "@mui/material/ToggleButtonGroup"
import Typography from "@mui/material/Typography"
import type { RequestFilter } from "@powerautomation/api-client"
import { EmptyState, PageHeader, Panel, percentOf, Stat } from "@powerautomation/design"
import { shownDifference } from "@powerautomation/design/format"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { Rocket } from "lucide-react"
import { lazy, type ReactNode, Suspense } from "react"
import { useTranslation } from "react-i18next"
import { RouterButton, RouterLink, Tokens, useNow } from "~/display"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { Breakdown } from "../components/Breakdown"
import { SavingsSentence } from "../components/SavingsSentence"
import { WhySaved } from "../components/WhySaved"
import { type Bar, barsOf, currenciesOf, isCompared, type Sum, summedInputOf, sumUp } from "../ledger"
import { endOf, type Period, periodOf, type Range, ranges } from "../period"
import { usageQuery } from "../queries"

const SpendChart = lazy(() => import("../components/SpendChart"))

/** What was spent and saved, when, on what. */
export function OverviewPage() {
  const { t } = useTranslation("metering")
  const search = useSearch({ from: "/signed-in/" })
  const navigate = useNavigate()
  const now = useNow(60_000)
  const range: Range = search.range ?? "7d"
  const period = periodOf(range, now)
  const query = useQuery(usageQuery(period, "none"))
  const currencies = currenciesOf(query.data?.totals ?? [])
  const currency = currencies.find((one) => one === search.currency) ?? currencies[0] ?? ""
  const sum = sumUp(query.data?.totals ?? [], currency)
  const bars = barsOf(query.data?.buckets ?? [], period.starts, currency)
  const choose = (next: { range?: Range; currency?: string }) =>
    void navigate({ to: "/", search: { range, currency: search.currency, ...next }, replace: true })
  const open = (filter: RequestFilter) => void navigate({ to: "/requests", search: filter })

  return (
    <>
      <PageHeader
        title={t("overview.title")}
        actions={
          <>
            {currencies.length > 1 && (
              <Choice
                label={t("overview.currency")}
                value={currency}
                options={currencies}
                onChoose={(value) => choose({ currency: value })}
              />
            )}
            <Choice
              label={t("overview.range")}
              value={range}
              options={ranges}
              name={(value) => t(`ranges.${value}`)}
              onChoose={(value) => choose({ range: value })}
            />
          </>
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <OverviewSkeleton />}
      {query.data && sum.requests === 0 && (
        <Card>
          <EmptyState
            icon={<Rocket size={24} />}
            title={t("overview.empty_title", { range: t(`ranges_long.${range}`) })}
            text={t("overview.empty_text")}
            action={
              <RouterButton to="/get-started" variant="contained">
                {t("overview.empty_action")}
              </RouterButton>
            }
          />
        </Card>
      )}
      {query.data && sum.requests > 0 && (
        <Box
          sx={{
            display: "grid",
            gap: 2.5,
            opacity: query.isPlaceholderData ? 0.6 : 1,
            transition: "opacity 120ms",
          }}
        >
          <Card sx={{ p: { xs: 2.5, md: 3.5 } }}>
            {currency ? (
              <SavingsSentence sum={sum} currency={currency} />
            ) : (
              <Typography variant="h2" component="p">
                {t("overview.nothing_priced")}
              </Typography>
            )}
            {currency && <WhySaved sum={sum} currency={currency} period={period} />}
            <Honesty sum={sum} currency={currency} period={period} />
          </Card>
          <Tiles sum={sum} currency={currency} period={period} />
          {currency && (
            <Panel
              title={period.bucket === "hour" ? t("overview.per_hour") : t("overview.per_day")}
              hint={t("overview.chart_hint")}
            >
              <Suspense fallback={<Skeleton variant="rounded" height={270} />}>
                <SpendChart
                  bars={bars}
                  currency={currency}
                  bucket={period.bucket}
                  onOpen={(bar: Bar) => open({ from: bar.start, to: endOf(bar.start, period.bucket) })}
                />
              </Suspense>
              <BarTable bars={bars} currency={currency} period={period} />
            </Panel>
          )}
          <Breakdown period={period} currency={currency} />
        </Box>
      )}
    </>
  )
}

interface ChoiceProps<T extends string> {
  label: string
  value: T
  options: readonly T[]
  name?: (value: T) => string
  onChoose: (value: T) => void
}

function Choice<T extends string>({ label, value, options, name, onChoose }: ChoiceProps<T>) {
  return (
    <ToggleButtonGroup
      size="small"
      exclusive
      value={value}
      aria-label={label}
      onChange={(_, next: T | null) => next && onChoose(next)}
      sx={{ bgcolor: "background.sunken" }}
    >
      {options.map((option) => (
        <ToggleButton key={option} value={option}>
          {name ? name(option) : option}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}

/** What the money above does not include, said openly. */
function Honesty({ sum, currency, period }: { sum: Sum; currency: string; period: Period }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const uncompared = sum.spent_nanos - sum.cost_nanos
  if (sum.unpriced_requests === 0 && sum.demo_requests === 0 && uncompared === 0) return null
  const range = { from: period.from, to: period.to }
  return (
    <Box sx={{ mt: 1, display: "grid", gap: 0.5, fontSize: "0.8125rem", color: "text.secondary" }}>
      {currency && uncompared > 0 && (
        <span>{t("honesty.uncompared", { amount: format.money(uncompared, currency) })}</span>
      )}
      {sum.unpriced_requests > 0 && (
        <span>
          {t("honesty.unpriced", {
            count: sum.unpriced_requests,
            formatted: format.count(sum.unpriced_requests),
          })}{" "}
          <RouterLink to="/prices" underline="always">
            {t("honesty.unpriced_action")}
          </RouterLink>
        </span>
      )}
      {sum.demo_requests > 0 && (
        <RouterLink to="/requests" search={range} color="inherit">
          {t("honesty.demo", { count: sum.demo_requests, formatted: format.count(sum.demo_requests) })}
        </RouterLink>
      )}
    </Box>
  )
}

function Tiles({ sum, currency, period }: { sum: Sum; currency: string; period: Period }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const range = { from: period.from, to: period.to }
  const cached = percentOf(sum.cached_input_tokens, summedInputOf(sum))
  const completed = sum.requests - sum.failed - sum.refused
  const compared = isCompared(sum)
  const tiles: {
    key: string
    label: string
    value: ReactNode
    note: ReactNode
    filter: RequestFilter
    tone?: "saved" | "loss"
  }[] = [
    ...(currency
      ? [
          {
            key: "saved",
            label: sum.savings_nanos < 0 ? t("lost") : t("saved"),
            // As in the sentence above it.
            value: compared
              ? format.money(Math.abs(shownDifference(sum.baseline_nanos, sum.cost_nanos)), currency)
              : "—",
            note: compared
              ? t("tiles.saved_note", { amount: format.money(sum.baseline_nanos, currency) })
              : t("tiles.nothing_compared"),
            tone: !compared ? undefined : sum.savings_nanos < 0 ? ("loss" as const) : ("saved" as const),
            filter: range,
          },
          {
            key: "spent",
            label: t("spent"),
            value: format.money(sum.spent_nanos, currency),
            note:
              completed > 0
                ? t("tiles.spent_note", {
                    amount: format.money(Math.round(sum.spent_nanos / completed), currency, "fine"),
                  })
                : "",
            filter: range,
          },
        ]
      : []),
    {
      key: "requests",
      label: t("tiles.requests"),
      value: format.count(sum.requests),
      note:
        sum.failed > 0
          ? t("tiles.failed", { count: sum.failed, formatted: format.count(sum.failed) })
          : t("tiles.none_failed"),
      filter: sum.failed > 0 ? { ...range, outcome: "failed" } : range,
    },
    {
      key: "tokens",
      label: t("tiles.tokens"),
      value: <Tokens count={summedInputOf(sum) + sum.output_tokens} />,
      note: t("tiles.tokens_note", {
        input: format.shortCount(summedInputOf(sum)),
        output: format.shortCount(sum.output_tokens),
      }),
      filter: range,
    },
    {
      key: "cached",
      label: t("tiles.cached"),
      value: cached === null ? "—" : format.percent(cached),
      note: t("tiles.cached_note", { tokens: format.shortCount(sum.cached_input_tokens) }),
      filter: range,
    },
  ]
  return (
    <Card
      sx={{
        display: "grid",
        gridTemplateColumns: {
          xs: "repeat(2, minmax(0, 1fr))",
          md: `repeat(${tiles.length}, minmax(0, 1fr))`,
        },
        gap: "1px",
        bgcolor: "divider",
        overflow: "hidden",
      }}
    >
      {tiles.map((tile, index) => (
        <RouterLink
          key={tile.key}
          to="/requests"
          search={tile.filter}
          underline="none"
          sx={{
            p: 2.25,
            color: "text.primary",
            bgcolor: "background.paper",
            outlineOffset: "-3px",
            gridColumn: {
              xs: index === tiles.length - 1 && tiles.length % 2 ? "1 / -1" : "auto",
              md: "auto",
            },
            "&:hover": {
              bgcolor:
                "color-mix(in srgb, var(--pa-palette-background-paper) 94%, var(--pa-palette-text-primary))",
            },
          }}
        >
          <Stat label={tile.label} value={tile.value} note={tile.note} tone={tile.tone ?? "plain"} />
        </RouterLink>
      ))}
    </Card>
  )
}

/** The chart as a table: for screen readers, for keyboards, and for whoever would rather read. */
function BarTable({ bars, currency, period }: { bars: readonly Bar[]; currency: string; period: Period }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const shown = [...bars].reverse().filter((bar) => bar.requests > 0)
  return (
    <Box component="details" sx={{ mt: 1.5, fontSize: "0.8125rem" }}>
      <Box component="summary" sx={{ cursor: "pointer", color: "text.secondary", width: "fit-content" }}>
        {t("overview.as_table")}
      </Box>
      <Box
        component="table"
        sx={{
          width: "100%",
          mt: 1,
          borderCollapse: "collapse",
          "& th, & td": {
            textAlign: "right",
            py: 0.75,
            borderBottom: 1,
            borderColor: "divider",
            fontWeight: 450,
          },
          "& th:first-of-type, & td:first-of-type": { textAlign: "left" },
          "& thead th": { color: "text.secondary" },
        }}
      >
        <thead>
          <tr>
            <th scope="col">{t("overview.when")}</th>
            <th scope="col">{t("tiles.requests")}</th>
            <th scope="col">{t("spent")}</th>
            <th scope="col">{t("saved")}</th>
          </tr>
        </thead>
        <tbody className="tabular">
          {shown.map((bar) => (
            <tr key={bar.start}>
              <td>
                <RouterLink to="/requests" search={{ from: bar.start, to: endOf(bar.start, period.bucket) }}>
                  {period.bucket === "hour"
                    ? format.moment(bar.start, "short")
                    : format.moment(bar.start, "day")}
                </RouterLink>
              </td>
              <td>{format.count(bar.requests)}</td>
              <td>{format.money(bar.spent + bar.lost, currency)}</td>
              <td>{format.money(bar.saved - bar.lost, currency)}</td>
            </tr>
          ))}
        </tbody>
      </Box>
    </Box>
  )
}

function OverviewSkeleton() {
  return (
    <Box sx={{ display: "grid", gap: 2.5 }} aria-hidden>
      {[150, 96, 360, 260].map((height) => (
        <Skeleton key={height} variant="rounded" height={height} sx={{ borderRadius: "14px" }} />
      ))}
    </Box>
  )
}
