import Box from "@mui/material/Box"
import Skeleton from "@mui/material/Skeleton"
import ToggleButton from "@mui/material/ToggleButton"
import ToggleButtonGroup from "@mui/material/ToggleButtonGroup"
import Typography from "@mui/material/Typography"
import type { RequestFilter, UsageGrouping } from "@powerautomation/api-client"
import { Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Money, RouterLink, Tokens } from "~/display"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { type Line, linesOf, summedInputOf } from "../ledger"
import type { Period } from "../period"
import { keyNamesQuery, usageQuery } from "../queries"

const groupings = ["model", "deployment", "api_key"] as const satisfies readonly UsageGrouping[]
type Grouping = (typeof groupings)[number]
const SHOWN_AT_FIRST = 8

/** Where the money went: by asked-for model, by deployment that served, by key. Every line leads to its requests. */
export function Breakdown({ period, currency }: { period: Period; currency: string }) {
  const { t } = useTranslation("metering")
  const [grouping, setGrouping] = useState<Grouping>("model")
  const query = useQuery(usageQuery(period, grouping))
  const keyNames = useQuery(keyNamesQuery)
  const lines = linesOf(query.data?.buckets ?? [], currency)
  const most = Math.max(1, ...lines.map((line) => Math.max(line.baseline_nanos, line.spent_nanos)))
  const keyOf = (group: string) => keyNames.data?.find((key) => key.id === group || key.name === group)
  const nameOf = (line: Line) => {
    if (!line.group) return t(`breakdown.none.${grouping}`)
    return grouping === "api_key" ? (keyOf(line.group)?.name ?? line.group) : line.group
  }
  const filterOf = (line: Line): RequestFilter => ({
    from: period.from,
    to: period.to,
    ...(line.group && grouping === "api_key" && { api_key_id: keyOf(line.group)?.id ?? line.group }),
    ...(line.group && grouping !== "api_key" && { [grouping]: line.group }),
  })
  return (
    <Panel
      title={t("breakdown.title")}
      flush
      actions={
        <ToggleButtonGroup
          size="small"
          exclusive
          value={grouping}
          onChange={(_, value: Grouping | null) => value && setGrouping(value)}
          aria-label={t("breakdown.by")}
          sx={{ bgcolor: "background.sunken" }}
        >
          {groupings.map((one) => (
            <ToggleButton key={one} value={one} sx={{ py: 0.375 }}>
              {t(`breakdown.${one}`)}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      }
    >
      {query.error && (
        <Box sx={{ p: 2.5 }}>
          <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
        </Box>
      )}
      {query.isPending && <Skeleton variant="rectangular" height={180} />}
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, pb: 1 }}>
        {lines.slice(0, SHOWN_AT_FIRST).map((line) => (
          <li key={line.group}>
            <BreakdownLine
              name={nameOf(line)}
              line={line}
              most={most}
              currency={currency}
              filter={filterOf(line)}
            />
          </li>
        ))}
      </Box>
      {lines.length > SHOWN_AT_FIRST && (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ px: 2.5, pb: 2 }}>
          {t("breakdown.further", { count: lines.length - SHOWN_AT_FIRST })}
        </Typography>
      )}
    </Panel>
  )
}

interface BreakdownLineProps {
  name: string
  line: Line
  most: number
  currency: string
  filter: RequestFilter
}

function BreakdownLine({ name, line, most, currency, filter }: BreakdownLineProps) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const priced = line.requests - line.unpriced_requests - line.demo_requests > 0 && Boolean(currency)
  const compared = priced && line.baseline_nanos > 0
  const part = (nanos: number) => `${(Math.max(0, nanos) / most) * 100}%`
  return (
    <RouterLink
      to="/requests"
      search={filter}
      underline="none"
      sx={{
        display: "grid",
        gridTemplateColumns: {
          xs: "minmax(0, 1fr) auto auto",
          sm: "minmax(0, 4fr) minmax(0, 5fr) 84px 84px",
        },
        columnGap: 2,
        rowGap: 0.5,
        alignItems: "center",
        px: 2.5,
        py: 1,
        color: "text.primary",
        fontSize: "0.84375rem",
        "&:hover": { bgcolor: "action.hover" },
      }}
    >
      <Box sx={{ minWidth: 0 }}>
        <Box sx={{ fontWeight: 560, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>
          {name}
        </Box>
        <Typography variant="caption" color="textSecondary" component="div" className="tabular">
          {t("requests_count", { count: line.requests, formatted: format.count(line.requests) })} ·{" "}
          <Tokens count={summedInputOf(line) + line.output_tokens} /> {t("tokens_word")}
          {line.unpriced_requests > 0 && ` · ${t("breakdown.unpriced", { count: line.unpriced_requests })}`}
        </Typography>
      </Box>
      <Box sx={{ display: { xs: "none", sm: "flex" }, height: 8, gap: "2px" }} aria-hidden>
        <Box sx={{ width: part(line.spent_nanos), bgcolor: "ledger.spent", borderRadius: "2px" }} />
        <Box sx={{ width: part(line.savings_nanos), bgcolor: "ledger.saved", borderRadius: "2px" }} />
      </Box>
      <Box sx={{ textAlign: "right" }}>
        {priced || line.spent_nanos > 0 ? <Money nanos={line.spent_nanos} currency={currency} /> : "—"}
        <Typography variant="caption" color="textSecondary" component="div">
          {t("spent")}
        </Typography>
      </Box>
      <Box
        sx={{
          textAlign: "right",
          color: !compared ? "inherit" : line.savings_nanos < 0 ? "ledger.loss" : "success.main",
        }}
      >
        {compared ? <Money nanos={line.savings_nanos} currency={currency} /> : "—"}
        <Typography variant="caption" color="textSecondary" component="div">
          {t("saved")}
        </Typography>
      </Box>
    </RouterLink>
  )
}
