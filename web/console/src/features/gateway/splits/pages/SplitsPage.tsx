import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Card from "@mui/material/Card"
import MenuItem from "@mui/material/MenuItem"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import ToggleButton from "@mui/material/ToggleButton"
import ToggleButtonGroup from "@mui/material/ToggleButtonGroup"
import Typography from "@mui/material/Typography"
import type { Measure, Split, SplitComparison } from "@powerautomation/api-client"
import { EmptyState, PageHeader, Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { FlaskConical } from "lucide-react"
import { useTranslation } from "react-i18next"
import { RouterButton } from "~/display"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { IntervalRows } from "../components/IntervalRows"
import { comparisonQuery, ranges, splitsQuery } from "../queries"
import { clausesOf } from "../sentence"

const measures: readonly Measure[] = [
  "cost",
  "error_rate",
  "first_token_p50",
  "first_token_p95",
  "duration_p50",
  "duration_p95",
  "rating",
]
const LOOKED_AT = 20_000

/** What the arms of an experiment cost and how good they are, and how sure one may be of the difference. */
export function SplitsPage() {
  const { t } = useTranslation("splits")
  const splits = useQuery(splitsQuery)
  return (
    <>
      <PageHeader title={t("title")} hint={t("hint")} />
      {splits.error && <ProblemPanel error={splits.error} onRetry={() => void splits.refetch()} />}
      {splits.isPending && <Skeleton variant="rounded" height={320} sx={{ borderRadius: "14px" }} />}
      {splits.data?.length === 0 && (
        <Card>
          <EmptyState
            icon={<FlaskConical size={24} />}
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
      {splits.data && splits.data.length > 0 && <Chosen splits={splits.data} />}
    </>
  )
}

function Chosen({ splits }: { splits: readonly Split[] }) {
  const { t } = useTranslation("splits")
  const search = useSearch({ from: "/signed-in/splits" })
  const navigate = useNavigate()
  const split = splits.find(({ name }) => name === search.name) ?? splits[0]
  const range = search.range ?? "30d"
  const name = split?.name ?? ""
  const query = useQuery(comparisonQuery(name, range, search.baseline))
  const choose = (changes: Partial<typeof search>) =>
    void navigate({ to: "/splits", search: { ...search, ...changes }, replace: true })
  const baseline = query.data?.baseline ?? ""
  const arms = query.data?.arms.map((arm) => arm.name) ?? []
  return (
    <>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, mb: 2, alignItems: "center" }}>
        <TextField
          select
          size="small"
          label={t("split")}
          value={name}
          sx={{ minWidth: 200, flex: { xs: "1 1 100%", sm: "0 1 auto" } }}
          onChange={(event) => choose({ name: event.target.value, baseline: undefined })}
        >
          {splits.map((one) => (
            <MenuItem key={one.name} value={one.name}>
              {one.name}
            </MenuItem>
          ))}
        </TextField>
        {arms.length > 1 && (
          <TextField
            select
            size="small"
            label={t("baseline")}
            value={arms.includes(baseline) ? baseline : ""}
            sx={{ minWidth: 160, flex: { xs: "1 1 100%", sm: "0 1 auto" } }}
            onChange={(event) => choose({ baseline: event.target.value })}
          >
            {arms.map((arm) => (
              <MenuItem key={arm} value={arm}>
                {arm}
              </MenuItem>
            ))}
          </TextField>
        )}
        <ToggleButtonGroup
          size="small"
          exclusive
          value={range}
          onChange={(_, value: (typeof ranges)[number] | null) => value && choose({ range: value })}
          aria-label={t("range")}
        >
          {ranges.map((one) => (
            <ToggleButton key={one} value={one}>
              {t(`ranges.${one}`)}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </Box>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={480} sx={{ borderRadius: "14px" }} />}
      {query.data && <Result comparison={query.data} />}
    </>
  )
}

function Result({ comparison }: { comparison: SplitComparison }) {
  const { t } = useTranslation("splits")
  const format = useFormat()
  if (comparison.arms.length === 0) return <Alert severity="info">{t("nothing_in_range")}</Alert>
  return (
    <Box sx={{ display: "grid", gap: 2.5 }}>
      <Panel title={t("verdict_title")}>
        <Box sx={{ display: "grid", gap: 2 }}>
          {comparison.differences.length === 0 && (
            <Typography color="textSecondary">{t("only_one_arm")}</Typography>
          )}
          {comparison.differences.map((difference) => (
            <Box key={difference.arm} sx={{ borderLeft: 3, borderColor: "primary.main", pl: 1.5 }}>
              <Typography variant="caption" color="textSecondary" component="p">
                {t("against", { arm: difference.arm, baseline: comparison.baseline })}
              </Typography>
              <Box component="ul" sx={{ m: 0, p: 0, listStyle: "none", display: "grid", gap: 0.25 }}>
                {clausesOf(difference, t, format.locale).map((clause, index) => (
                  <Typography
                    component="li"
                    key={clause}
                    sx={{ fontWeight: index === 0 ? 600 : 400, overflowWrap: "anywhere" }}
                  >
                    {clause}
                  </Typography>
                ))}
              </Box>
            </Box>
          ))}
          <Typography variant="caption" color="textSecondary">
            {comparison.arms
              .map((arm) =>
                t("arm", { count: arm.requests, name: arm.name, formatted: format.count(arm.requests) }),
              )
              .join("; ")}
            {comparison.is_sample && ` ${t("sample", { formatted: format.count(LOOKED_AT) })}`}
          </Typography>
        </Box>
      </Panel>
      <Box sx={{ display: "grid", gap: 2.5, gridTemplateColumns: { md: "repeat(2, minmax(0, 1fr))" } }}>
        {measures.map((measure) => (
          <IntervalRows
            key={measure}
            measure={measure}
            arms={comparison.arms}
            baseline={comparison.baseline}
            currency={comparison.currency}
          />
        ))}
      </Box>
      <Typography variant="caption" color="textSecondary" sx={{ maxWidth: 760 }}>
        {t("chance")}
      </Typography>
    </Box>
  )
}
