import type { AuditFilter } from "@powerautomation/api-client"

export const outcomes = ["done", "refused", "failed"] as const
export type Outcome = (typeof outcomes)[number]

/** What stands in the address of the page. Days are local, `YYYY-MM-DD`; `until` is the last day shown. */
export interface AuditSearch {
  text?: string
  action?: string
  outcome?: Outcome
  actor_id?: string
  target_id?: string
  since?: string
  until?: string
}

/** Read the filters from the address; whatever is none is left out. */
export function parseSearch(search: Record<string, unknown>): AuditSearch {
  const text = (name: string) => {
    const value = search[name]
    // A number in the address was text once.
    const written = typeof value === "number" ? String(value) : value
    return typeof written === "string" && written ? written.slice(0, 200) : undefined
  }
  const day = (name: string) => {
    const value = text(name)
    return value && startOf(value) ? value : undefined
  }
  const found: Record<keyof AuditSearch, string | undefined> = {
    text: text("text"),
    action: text("action"),
    outcome: outcomes.find((outcome) => outcome === search.outcome),
    actor_id: text("actor_id"),
    target_id: text("target_id"),
    since: day("since"),
    until: day("until"),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

/** Return what the server is asked for: days become moments of this browser's time zone. */
export function filterOf(search: AuditSearch): AuditFilter {
  const { since, until, ...rest } = search
  const from = since && startOf(since)
  const last = until && startOf(until)
  return {
    ...rest,
    ...(from && { since: from.toISOString() }),
    ...(last && {
      until: new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1).toISOString(),
    }),
  }
}

/** Return how many filters are set. */
export function countFilters(search: AuditSearch): number {
  return Object.values(search).filter((value) => value !== undefined && value !== "").length
}

function startOf(day: string): Date | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)
  if (!parts) return null
  const [year, month, date] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const start = new Date(year, month - 1, date)
  return year >= 1900 && start.getMonth() === month - 1 && start.getDate() === date ? start : null
}
