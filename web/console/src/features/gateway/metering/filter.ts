import type { Outcome, RequestFilter, RequestSummary } from "@powerautomation/api-client"

const outcomes: readonly Outcome[] = ["completed", "failed", "refused", "cancelled"]

/** Read a filter from the address; whatever is not a filter is left out. */
export function parseFilter(search: Record<string, unknown>): RequestFilter {
  const text = (name: string) => {
    const value = search[name]
    return typeof value === "string" && value ? value : undefined
  }
  const moment = (name: string) => {
    const value = text(name)
    return value && !Number.isNaN(Date.parse(value)) ? value : undefined
  }
  const choice = (name: string) => {
    const value = search[name]
    return typeof value === "boolean" ? value : undefined
  }
  const currency = text("currency")
  const filter: RequestFilter = {
    model: text("model"),
    deployment: text("deployment"),
    outcome: outcomes.find((outcome) => outcome === search.outcome),
    api_key_id: text("api_key_id"),
    priced: choice("priced"),
    demo: choice("demo"),
    currency: currency && /^[A-Z]{3}$/.test(currency) ? currency : undefined,
    from: moment("from"),
    to: moment("to"),
  }
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}

/** Return how many filters are set. */
export function countFilters(filter: RequestFilter): number {
  return Object.values(filter).filter((value) => value !== undefined && value !== "").length
}

/** Return whether a request that has just arrived belongs into a list that the server filtered the same way. */
export function matches(request: RequestSummary, filter: RequestFilter): boolean {
  const at = Date.parse(request.started_at)
  return (
    (!filter.model || request.requested_model === filter.model) &&
    (!filter.deployment || request.deployment === filter.deployment) &&
    (!filter.outcome || request.outcome === filter.outcome) &&
    (!filter.api_key_id || request.api_key_id === filter.api_key_id) &&
    (filter.priced === undefined || (request.cost_nanos !== null) === filter.priced) &&
    (filter.demo === undefined || request.demo === filter.demo) &&
    (!filter.currency || request.currency === filter.currency) &&
    (!filter.from || at >= Date.parse(filter.from)) &&
    (!filter.to || at < Date.parse(filter.to))
  )
}

/**
 * Put what arrived live on top of the pages read from the server: newest first, each once.
 *
 * Older arrivals than the last row are left out while there are further pages: they come with their page.
 */
export function mergeArrivals(
  arrivals: readonly RequestSummary[],
  pages: readonly RequestSummary[],
  filter: RequestFilter,
  hasMore: boolean,
): RequestSummary[] {
  const known = new Set(pages.map((request) => request.id))
  const oldest = hasMore ? pages.at(-1)?.started_at : undefined
  const fresh = arrivals.filter(
    (request) =>
      !known.has(request.id) &&
      matches(request, filter) &&
      (!oldest || Date.parse(request.started_at) >= Date.parse(oldest)),
  )
  if (fresh.length === 0) return [...pages]
  return [...fresh, ...pages].sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at))
}
