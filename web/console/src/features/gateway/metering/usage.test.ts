import type { ExploredRow } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { filterOf, groupsOf, parseUsageSearch, usageBars } from "./usage"

const row = (change: Partial<ExploredRow>) =>
  ({
    start: "2026-11-18T00:00:00Z",
    group: "a",
    name: "A",
    currency: "USD",
    requests: 1,
    failed: 0,
    spent_nanos: 10,
    compared_nanos: 10,
    baseline_nanos: 30,
    savings_nanos: 20,
    ...change,
  }) as ExploredRow

describe("usage", () => {
  it("keeps dimensions of the address, also digits, and nothing else", () => {
    const search = parseUsageSearch({ by: "tag", project: "", task: 7, range: "x", other: "y" })
    expect(filterOf(search)).toEqual({ task: "7" })
    expect(search.by).toBe("tag")
    expect(search.range).toBeUndefined()
  })

  it("sums groups over days in one currency, the most expensive first", () => {
    const rows = [row({}), row({ start: "2026-11-19T00:00:00Z" }), row({ group: "b", spent_nanos: 50 })]
    const groups = groupsOf([...rows, row({ currency: "CNY", spent_nanos: 999 })], "USD")
    expect(groups.map((one) => [one.group, one.sums.spent_nanos, one.sums.requests])).toEqual([
      ["b", 50, 1],
      ["a", 20, 2],
    ])
  })

  it("draws what cost more than the asked-for models as a loss", () => {
    const bars = usageBars([row({ savings_nanos: -4 })], "USD")
    expect(bars).toMatchObject([{ spent: 6, saved: 0, lost: 4 }])
  })
})
