import { describe, expect, it } from "vitest"
import { ageOf, byRoute, daysOf, hitPercent, sumOf } from "./days"

const item = (route: string, hits: number, misses: number, saved: number, currency = "USD") => ({
  start: "2026-11-20T16:00:00Z",
  route,
  currency: hits ? currency : "",
  hits,
  semantic: 0,
  misses,
  saved_nanos: saved,
})

describe("days of a report", () => {
  it("end with today in the local zone", () => {
    const days = daysOf(2, Date.parse("2026-11-21T09:00:00Z"), 480)
    expect(days.starts).toEqual(["2026-11-19T16:00:00.000Z", "2026-11-20T16:00:00.000Z"])
    expect([days.from, days.to]).toEqual(["2026-11-19T16:00:00.000Z", "2026-11-21T16:00:00.000Z"])
  })
  it("are added up by currency", () => {
    const sums = sumOf([item("a", 3, 0, 5), item("a", 1, 0, 7, "CNY"), item("a", 0, 4, 0)])
    expect([sums.hits, sums.misses, hitPercent(sums)]).toEqual([4, 4, 50])
    expect([...sums.saved]).toEqual([
      ["USD", 5],
      ["CNY", 7],
    ])
    expect(hitPercent(sumOf([]))).toBeNull()
  })
  it("say how long an answer is kept in words", () => {
    expect([86_400, 5_400, 7_200, 90].map((seconds) => ageOf(seconds, "en"))).toEqual([
      "1 day",
      "90 minutes",
      "2 hours",
      "90 seconds",
    ])
    expect(ageOf(86_400, "zh-CN")).toBe("1天")
  })
  it("list the busiest route first and those nobody used", () => {
    const found = byRoute([item("a", 1, 0, 1), item("b", 0, 5, 0)], ["c", "a"])
    expect(found.map(([name]) => name)).toEqual(["b", "a", "c"])
  })
})
