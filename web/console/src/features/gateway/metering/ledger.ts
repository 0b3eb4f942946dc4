import type { Attempt, RequestSummary, UsageBucket, UsageTotal } from "@powerautomation/api-client"
import type { TFunction } from "i18next"

/** One bar: money in nanos. `spent + saved` is what the asked-for models would have cost, unless something was lost. */
export interface Bar {
  readonly start: string
  readonly spent: number
  readonly saved: number
  /** What routing cost more than the asked-for models would have. */
  readonly lost: number
  readonly requests: number
  readonly failed: number
}

/** One line of a breakdown, summed over the period. */
export interface Line extends Omit<UsageTotal, "currency"> {
  readonly group: string
}

/** Return the currencies with money in them, the one with most requests first; empty when nothing was priced. */
export function currenciesOf(totals: readonly UsageTotal[]): string[] {
  return totals
    .filter((total) => total.currency && (total.spent_nanos !== 0 || total.baseline_nanos !== 0))
    .sort((a, b) => b.requests - a.requests)
    .map((total) => total.currency)
}

const counted = [
  "requests",
  "failed",
  "refused",
  "input_tokens",
  "cached_input_tokens",
  "output_tokens",
  "reasoning_tokens",
  "unpriced_requests",
  "demo_requests",
] as const
const priced = ["spent_nanos", "cost_nanos", "baseline_nanos", "savings_nanos"] as const

/** Say who answered a request: a deployment, the answer cache, or nobody. */
export function servedBy(
  request: Pick<RequestSummary, "deployment" | "outcome">,
  t: TFunction<"metering">,
): string {
  if (request.deployment !== null) return request.deployment
  return t(request.outcome === "completed" ? "requests.from_cache" : "requests.not_served")
}

/** Return whether what was saved can be said of sums at all: nothing compared is not nothing saved. */
export function isCompared(sums: { baseline_nanos: number; unpriced_requests: number }): boolean {
  return sums.baseline_nanos !== 0 || sums.unpriced_requests === 0
}

/** Return whether an answer is compared with nothing because the name that was asked for has no list price. */
export function lacksListPrice(
  request: Pick<RequestSummary, "outcome" | "demo" | "requested_model" | "baseline_nanos" | "baseline_model">,
): boolean {
  const answered = request.outcome === "completed" && !request.demo && request.requested_model !== ""
  return answered && request.baseline_nanos === null && request.baseline_model === ""
}

/** Tokens of a request or an attempt as the ledger counts them: each token once. */
type CountedTokens = Pick<RequestSummary, "input_tokens" | "cached_input_tokens"> &
  (
    | Pick<RequestSummary, "cache_write_tokens">
    | Pick<Attempt, "cache_write_5m_tokens" | "cache_write_1h_tokens">
  )

/** Return the tokens that were written to a cache. */
export const cacheWritesOf = (tokens: CountedTokens): number =>
  "cache_write_tokens" in tokens
    ? tokens.cache_write_tokens
    : tokens.cache_write_5m_tokens + tokens.cache_write_1h_tokens

/** Return all that was sent to the model: what was new, what came from a cache, and what was written to one. */
export const wholeInputOf = (tokens: CountedTokens): number =>
  tokens.input_tokens + tokens.cached_input_tokens + cacheWritesOf(tokens)

/** Return the same for sums, whose `input_tokens` include what was written to a cache. */
export const summedInputOf = (sum: Pick<UsageTotal, "input_tokens" | "cached_input_tokens">): number =>
  sum.input_tokens + sum.cached_input_tokens

export type Sum = { -readonly [Name in keyof Omit<UsageTotal, "currency">]: number }

const nothing = (): Sum => ({
  requests: 0,
  failed: 0,
  refused: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  spent_nanos: 0,
  cost_nanos: 0,
  baseline_nanos: 0,
  savings_nanos: 0,
  unpriced_requests: 0,
  demo_requests: 0,
})

/** Sum up: requests and tokens of everything, money of one currency only. Two currencies are never added. */
export function sumUp(parts: readonly UsageTotal[], currency: string): Sum {
  const sum = nothing()
  for (const part of parts) {
    for (const name of counted) sum[name] += part[name]
    if (part.currency === currency) for (const name of priced) sum[name] += part[name]
  }
  return sum
}

/** Return one bar for every start, also where nothing happened. */
export function barsOf(buckets: readonly UsageBucket[], starts: readonly string[], currency: string): Bar[] {
  const byStart = new Map<number, UsageBucket[]>()
  for (const bucket of buckets) {
    const at = Date.parse(bucket.start)
    byStart.set(at, [...(byStart.get(at) ?? []), bucket])
  }
  return starts.map((start) => {
    const sum = sumUp(byStart.get(Date.parse(start)) ?? [], currency)
    const lost = Math.max(0, -sum.savings_nanos)
    return {
      start,
      spent: sum.spent_nanos - lost,
      saved: Math.max(0, sum.savings_nanos),
      lost,
      requests: sum.requests,
      failed: sum.failed,
    }
  })
}

/** Sum the buckets by group; the most expensive asked-for work first, then by requests. */
export function linesOf(buckets: readonly UsageBucket[], currency: string): Line[] {
  const byGroup = new Map<string, UsageBucket[]>()
  for (const bucket of buckets) byGroup.set(bucket.group, [...(byGroup.get(bucket.group) ?? []), bucket])
  return [...byGroup]
    .map(([group, members]) => ({ group, ...sumUp(members, currency) }))
    .sort((a, b) => b.baseline_nanos - a.baseline_nanos || b.requests - a.requests)
}

/** Return the request that saved most, to show a saving by its example; undefined when none of them saved anything. */
export function largestSavingOf(
  requests: readonly RequestSummary[],
  currency: string,
): (RequestSummary & { readonly savings_nanos: number }) | undefined {
  return requests
    .flatMap((request) =>
      request.savings_nanos !== null && request.savings_nanos > 0 && request.currency === currency
        ? [{ ...request, savings_nanos: request.savings_nanos }]
        : [],
    )
    .sort((a, b) => b.savings_nanos - a.savings_nanos)[0]
}
