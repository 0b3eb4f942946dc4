import type { Dimension, DimensionFilter, ExploredRow, ExploredSums } from "@powerautomation/api-client"
import type { Bar } from "./ledger"
import { type Range, ranges } from "./period"

export const dimensions = [
  "model",
  "served_model",
  "provider",
  "deployment",
  "person",
  "project",
  "api_key",
  "tag",
  "session",
  "task",
] as const satisfies readonly Dimension[]

/** What the address of the usage page says: the period, the grouping, and one value for each narrowed dimension. */
export interface UsageSearch extends DimensionFilter {
  readonly range?: Range
  readonly by?: Dimension
  readonly currency?: string
}

/** Read the address; what is unknown there is passed over. */
export function parseUsageSearch(search: Record<string, unknown>): UsageSearch {
  const filters: Record<string, string> = {}
  for (const name of dimensions) {
    const value = search[name]
    // The router reads digits in an address as a number.
    if ((typeof value === "string" && value) || typeof value === "number") filters[name] = String(value)
  }
  return {
    range: ranges.find((range) => range === search.range),
    by: dimensions.find((name) => name === search.by),
    currency: typeof search.currency === "string" ? search.currency : undefined,
    ...filters,
  }
}

/** Return the narrowed dimensions of an address that have a value to ask the server for. */
export function filterOf(search: UsageSearch): DimensionFilter {
  return Object.fromEntries(
    dimensions.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  )
}

export interface Group {
  readonly group: string
  readonly name: string
  readonly sums: ExploredSums
}

/** Sum rows by group, the most expensive first. Rows of other currencies are left out: they are never added. */
export function groupsOf(rows: readonly ExploredRow[], currency: string): Group[] {
  const groups = new Map<string, { group: string; name: string; sums: Record<string, number | string> }>()
  for (const { start: _, group, name, ...sums } of rows) {
    if (sums.currency !== currency) continue
    const known = groups.get(group)
    if (!known) {
      groups.set(group, { group, name, sums: { ...sums } })
      continue
    }
    for (const [field, value] of Object.entries(sums)) {
      if (typeof value === "number") known.sums[field] = Number(known.sums[field]) + value
    }
  }
  return [...groups.values()]
    .map((one) => ({ ...one, sums: one.sums as unknown as ExploredSums }))
    .sort((a, b) => b.sums.spent_nanos - a.sums.spent_nanos || b.sums.requests - a.sums.requests)
}

/** Return a bar for each hour or day that has rows, oldest first. */
export function usageBars(rows: readonly ExploredRow[], currency: string): Bar[] {
  const bars = new Map<string, { spent: number; saved: number; requests: number; failed: number }>()
  for (const row of rows) {
    if (row.currency !== currency || row.start === null) continue
    const bar = bars.get(row.start) ?? { spent: 0, saved: 0, requests: 0, failed: 0 }
    bars.set(row.start, {
      spent: bar.spent + row.compared_nanos,
      saved: bar.saved + row.savings_nanos,
      requests: bar.requests + row.requests,
      failed: bar.failed + row.failed,
    })
  }
  return [...bars]
    .sort(([a], [b]) => Date.parse(a) - Date.parse(b))
    .map(([start, { spent, saved, requests, failed }]) => {
      const lost = Math.max(0, -saved)
      return { start, spent: spent - lost, saved: Math.max(0, saved), lost, requests, failed }
    })
}
