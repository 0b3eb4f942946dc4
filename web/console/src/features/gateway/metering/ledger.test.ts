import type { RequestSummary, UsageBucket } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import {
  barsOf,
  currenciesOf,
  isCompared,
  lacksListPrice,
  largestSavingOf,
  linesOf,
  servedBy,
  summedInputOf,
  sumUp,
  wholeInputOf,
} from "./ledger"

const bucket = (more: Partial<UsageBucket>): UsageBucket => ({
  start: "2026-11-20T16:00:00Z",
  group: "",
  currency: "USD",
  requests: 1,
  failed: 0,
  refused: 0,
  input_tokens: 100,
  cached_input_tokens: 50,
  output_tokens: 10,
  reasoning_tokens: 0,
  spent_nanos: 40,
  cost_nanos: 40,
  baseline_nanos: 100,
  savings_nanos: 60,
  unpriced_requests: 0,
  demo_requests: 0,
  ...more,
})

describe("sumUp", () => {
  it("never adds two currencies", () => {
    const sum = sumUp(
      [bucket({}), bucket({ currency: "CNY", cost_nanos: 1_000, baseline_nanos: 1_000, savings_nanos: 0 })],
      "USD",
    )
    expect(sum.cost_nanos).toBe(40)
    expect(sum.requests).toBe(2)
  })
})

describe("barsOf", () => {
  const starts = ["2026-11-19T16:00:00.000Z", "2026-11-20T16:00:00.000Z"]
  it("shows days without requests", () => {
    const bars = barsOf([bucket({})], starts, "USD")
    expect(bars[0]).toMatchObject({ spent: 0, saved: 0, requests: 0 })
    expect(bars[1]).toMatchObject({ spent: 40, saved: 60, lost: 0, requests: 1 })
  })
  it("shows what was lost on top of what it would have cost", () => {
    const [, bar] = barsOf(
      [bucket({ spent_nanos: 130, cost_nanos: 130, baseline_nanos: 100, savings_nanos: -30 })],
      starts,
      "USD",
    )
    expect(bar).toMatchObject({ spent: 100, saved: 0, lost: 30 })
  })
})

describe("linesOf", () => {
  it("sums by group, the most valuable first", () => {
    const lines = linesOf(
      [bucket({ group: "a" }), bucket({ group: "b", baseline_nanos: 500 }), bucket({ group: "a" })],
      "USD",
    )
    expect(lines.map((line) => [line.group, line.requests, line.baseline_nanos])).toEqual([
      ["b", 1, 500],
      ["a", 2, 200],
    ])
  })
})

describe("currenciesOf", () => {
  it("leaves out what has no money", () => {
    const totals = [
      bucket({ currency: "", spent_nanos: 0, cost_nanos: 0, baseline_nanos: 0 }),
      bucket({ currency: "CNY", requests: 2 }),
      bucket({ currency: "USD", requests: 9 }),
    ]
    expect(currenciesOf(totals)).toEqual(["USD", "CNY"])
    expect(currenciesOf([])).toEqual([])
  })
})

describe("input", () => {
  it("is what was new, what came from a cache, and what was written to one", () => {
    const tokens = { input_tokens: 6_000, cached_input_tokens: 4_000 }
    expect(wholeInputOf({ ...tokens, cache_write_tokens: 500 })).toBe(10_500)
    expect(wholeInputOf({ ...tokens, cache_write_5m_tokens: 300, cache_write_1h_tokens: 200 })).toBe(10_500)
  })
  it("of sums holds the cache writes already", () => {
    expect(summedInputOf(bucket({ input_tokens: 6_500, cached_input_tokens: 4_000 }))).toBe(10_500)
  })
})

describe("servedBy", () => {
  const t = ((key: string) => key) as never
  it("is the deployment, the cache for an answer without one, and nobody for a refusal", () => {
    expect(servedBy({ deployment: "moonshot/kimi-k2.6", outcome: "completed" }, t)).toBe("moonshot/kimi-k2.6")
    expect(servedBy({ deployment: null, outcome: "completed" }, t)).toBe("requests.from_cache")
    expect(servedBy({ deployment: null, outcome: "refused" }, t)).toBe("requests.not_served")
  })
})

describe("lacksListPrice", () => {
  const answered = {
    outcome: "completed",
    demo: false,
    requested_model: "faq-products",
    baseline_nanos: null,
    baseline_model: "",
  } as const
  it("holds for an answer to a name without a price", () => {
    expect(lacksListPrice(answered)).toBe(true)
  })
  it("does not where there is a price, nothing was answered, or the demo model spoke", () => {
    expect(lacksListPrice({ ...answered, baseline_model: "claude-sonnet-4-5" })).toBe(false)
    expect(lacksListPrice({ ...answered, outcome: "failed" })).toBe(false)
    expect(lacksListPrice({ ...answered, demo: true })).toBe(false)
    expect(lacksListPrice({ ...answered, baseline_nanos: 0 })).toBe(false)
  })
})

describe("largestSavingOf", () => {
  const request = (id: string, savings_nanos: number | null, currency = "USD") =>
    ({ id, savings_nanos, currency }) as RequestSummary
  it("is the request of the currency that saved most", () => {
    const all = [request("a", 5), request("b", 9), request("c", 100, "CNY"), request("d", null)]
    expect(largestSavingOf(all, "USD")?.id).toBe("b")
  })
  it("is nothing where nothing was saved", () => {
    expect(largestSavingOf([request("a", 0), request("b", -4), request("c", null)], "USD")).toBeUndefined()
  })
})

describe("whether savings can be said", () => {
  it("is so unless nothing had a price to compare with", () => {
    expect(isCompared({ baseline_nanos: 100, unpriced_requests: 3 })).toBe(true)
    expect(isCompared({ baseline_nanos: 0, unpriced_requests: 0 })).toBe(true)
    expect(isCompared({ baseline_nanos: 0, unpriced_requests: 1 })).toBe(false)
  })
})
