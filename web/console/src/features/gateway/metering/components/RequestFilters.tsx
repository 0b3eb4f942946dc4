import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Chip from "@mui/material/Chip"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { RequestFilter } from "@powerautomation/api-client"
import { useQuery } from "@tanstack/react-query"
import { ListFilter, X } from "lucide-react"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { useNow } from "~/display"
import { useFormat } from "~/i18n/useFormat"
import { countFilters } from "../filter"
import { periodOf } from "../period"
import { keyNamesQuery, usageQuery } from "../queries"

interface RequestFiltersProps {
  filter: RequestFilter
  onChange: (filter: RequestFilter) => void
  /** What else stands in the row, at its end. */
  children?: ReactNode
}

type ChosenFilter = Exclude<keyof RequestFilter, "from" | "to">

function shownChoice(value: string | boolean | undefined): string {
  return typeof value === "boolean" ? (value ? "yes" : "no") : (value ?? "")
}

function chosen(name: ChosenFilter, value: string): string | boolean | undefined {
  if (!value) return undefined
  return name === "priced" || name === "demo" ? value === "yes" : value
}

/** Narrow the list by how it ended, model, deployment, key, price, demo model and currency; a period comes from clicking a chart. */
export function RequestFilters({ filter, onChange, children }: RequestFiltersProps) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const period = periodOf("90d", useNow(3_600_000))
  const models = useQuery(usageQuery(period, "model"))
  const deployments = useQuery(usageQuery(period, "deployment"))
  const apiKeys = useQuery(keyNamesQuery)
  const groups = (buckets: readonly { group: string }[] | undefined, chosen: string | undefined) =>
    [...new Set([...(chosen ? [chosen] : []), ...(buckets ?? []).map((bucket) => bucket.group)])]
      .filter(Boolean)
      .sort()
  const set = (change: RequestFilter) => onChange({ ...filter, ...change })
  const [open, setOpen] = useState(false)
  const count = countFilters(filter)
  const yesOrNo = (yes: string, no: string) => [
    { id: "yes", label: yes },
    { id: "no", label: no },
  ]
  const fields: { name: ChosenFilter; label: string; options: { id: string; label: string }[] }[] = [
    {
      name: "outcome" as const,
      label: t("filters.outcome"),
      options: (["completed", "failed", "refused", "cancelled"] as const).map((id) => ({
        id,
        label: t(`outcomes.${id}`),
      })),
    },
    {
      name: "model" as const,
      label: t("filters.model"),
      options: groups(models.data?.buckets, filter.model).map((id) => ({ id, label: id })),
    },
    {
      name: "deployment" as const,
      label: t("filters.deployment"),
      options: groups(deployments.data?.buckets, filter.deployment).map((id) => ({ id, label: id })),
    },
    {
      name: "api_key_id" as const,
      label: t("filters.api_key"),
      options: [
        ...(apiKeys.data ?? []).map((key) => ({ id: key.id, label: key.name })),
        ...(filter.api_key_id && !apiKeys.data?.some((key) => key.id === filter.api_key_id)
          ? [{ id: filter.api_key_id, label: filter.api_key_id }]
          : []),
      ],
    },
    {
      name: "priced" as const,
      label: t("filters.priced"),
      options: yesOrNo(t("filters.priced_yes"), t("filters.priced_no")),
    },
    {
      name: "demo" as const,
      label: t("filters.demo"),
      options: yesOrNo(t("filters.demo_yes"), t("filters.demo_no")),
    },
  ]
  const currencies = new Set((models.data?.totals ?? []).map((total) => total.currency).filter(Boolean))
  if (filter.currency) currencies.add(filter.currency)
  if (currencies.size > 1 || filter.currency) {
    fields.push({
      name: "currency" as const,
      label: t("filters.currency"),
      options: [...currencies].sort().map((id) => ({ id, label: id })),
    })
  }
  return (
    <Box
      role="search"
      aria-label={t("filters.title")}
      sx={{ display: "flex", flexWrap: "wrap", gap: 1, mb: 2, alignItems: "center" }}
    >
      <Button
        variant="outlined"
        color="inherit"
        startIcon={<ListFilter size={16} />}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        sx={{ display: { sm: "none" }, order: -1 }}
      >
        {t("filters.toggle")}
        {count > 0 && ` (${count})`}
      </Button>
      {fields.map((field) => (
        <TextField
          key={field.name}
          select
          size="small"
          label={field.label}
          value={shownChoice(filter[field.name])}
          onChange={(event) => set({ [field.name]: chosen(field.name, event.target.value) })}
          sx={{
            width: { xs: "calc(50% - 4px)", sm: 170 },
            display: { xs: open ? "inline-flex" : "none", sm: "inline-flex" },
          }}
        >
          <MenuItem value="">{t("filters.all")}</MenuItem>
          {field.options.map((option) => (
            <MenuItem key={option.id} value={option.id}>
              {option.label}
            </MenuItem>
          ))}
        </TextField>
      ))}
      {(filter.from || filter.to) && (
        <Chip
          label={`${filter.from ? format.moment(filter.from, "short") : "…"} – ${filter.to ? format.moment(filter.to, "short") : "…"}`}
          onDelete={() => set({ from: undefined, to: undefined })}
          deleteIcon={<X size={14} aria-label={t("filters.clear_period")} />}
        />
      )}
      {count > 0 && (
        <Button size="small" color="inherit" onClick={() => onChange({})}>
          {t("filters.clear")}
        </Button>
      )}
      <Box sx={{ ml: "auto" }}>{children}</Box>
    </Box>
  )
}
