import type { RequestSummary } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { countFilters, matches, mergeArrivals, parseFilter } from "./filter"

const request = (id: string, started_at: string, more: Partial<RequestSummary> = {}) =>
  ({ id, started_at, requested_model: "claude-sonnet-4-5", outcome: "completed", ...more }) as RequestSummary

describe("parseFilter", () => {
  it("keeps what is a filter and nothing else", () => {
    expect(
      parseFilter({
        model: "m",
        outcome: "exploded",
        from: "yesterday",
        to: "2026-11-21T00:00:00Z",
        evil: "x",
        deployment: 3,
      }),
    ).toEqual({ model: "m", to: "2026-11-21T00:00:00Z" })
  })
  it("knows no from not set, and a currency from other words", () => {
    expect(parseFilter({ priced: false, demo: "maybe", currency: "CNY" })).toEqual({
      priced: false,
      currency: "CNY",
    })
    expect(parseFilter({ demo: true, currency: "yuan" })).toEqual({ demo: true })
    expect(countFilters({ priced: false, currency: undefined })).toBe(1)
  })
})

describe("matches", () => {
  it("filters like the server: from inclusive, to exclusive", () => {
    const one = request("a", "2026-11-21T10:00:00Z")
    expect(matches(one, { from: "2026-11-21T10:00:00Z" })).toBe(true)
    expect(matches(one, { to: "2026-11-21T10:00:00Z" })).toBe(false)
    expect(matches(one, { model: "other" })).toBe(false)
    expect(matches(one, {})).toBe(true)
  })
  it("filters by price, demo model and currency", () => {
    const free = request("a", "2026-11-21T10:00:00Z", { cost_nanos: 0, demo: true, currency: "CNY" })
    const unknown = request("b", "2026-11-21T10:00:00Z", { cost_nanos: null, demo: false, currency: "USD" })
    expect([free, unknown].map((one) => matches(one, { priced: true }))).toEqual([true, false])
    expect([free, unknown].map((one) => matches(one, { priced: false }))).toEqual([false, true])
    expect([free, unknown].map((one) => matches(one, { demo: false }))).toEqual([false, true])
    expect([free, unknown].map((one) => matches(one, { currency: "CNY" }))).toEqual([true, false])
  })
})

describe("mergeArrivals", () => {
  const pages = [request("b", "2026-11-21T10:00:02Z"), request("a", "2026-11-21T10:00:01Z")]
  const ids = (list: RequestSummary[]) => list.map((one) => one.id)

  it("puts arrivals on top, each once", () => {
    const arrivals = [request("c", "2026-11-21T10:00:03Z"), request("b", "2026-11-21T10:00:02Z")]
    expect(ids(mergeArrivals(arrivals, pages, {}, false))).toEqual(["c", "b", "a"])
  })
  it("respects the filter", () => {
    const arrivals = [request("c", "2026-11-21T10:00:03Z", { outcome: "failed" })]
    expect(ids(mergeArrivals(arrivals, pages, { outcome: "completed" }, false))).toEqual(["b", "a"])
  })
  it("leaves older arrivals to their page", () => {
    const arrivals = [request("z", "2026-11-21T09:00:00Z")]
    expect(ids(mergeArrivals(arrivals, pages, {}, true))).toEqual(["b", "a"])
    expect(ids(mergeArrivals(arrivals, pages, {}, false))).toEqual(["b", "a", "z"])
  })
})
