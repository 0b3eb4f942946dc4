import { describe, expect, it } from "vitest"
import { draftOf, fieldsOf, millisecondsOf, percentOf, periodName, withoutGaps } from "./promise"

const typed = { availability: "99,9", latency: "3000", errors: "", below: "99.9", credit: "10" }

describe("a promise", () => {
  it("is read from what was typed", () => {
    expect(draftOf(typed, null)).toEqual({
      availability_percent: "99.9",
      latency_p95_ms: 3000,
      error_rate_percent: null,
      credits: [{ below_percent: "99.9", credit_percent: "10" }],
    })
  })
  it("needs something that is promised", () => {
    expect(draftOf({ ...typed, availability: "", latency: "" }, null)).toBeNull()
  })
  it("takes a credit only with both of its numbers", () => {
    expect(draftOf({ ...typed, credit: "" }, null)).toBeNull()
    expect(draftOf({ ...typed, below: "", credit: "" }, null)?.credits).toEqual([])
  })
  it("refuses what is no percentage and no duration", () => {
    expect(["101", "-1", "abc", "1e2"].map(percentOf)).toEqual([undefined, undefined, undefined, undefined])
    expect(["0", "1.5", "4000000"].map(millisecondsOf)).toEqual([undefined, undefined, undefined])
  })
  it("keeps the credit steps the form does not show", () => {
    const promise = {
      availability_percent: 99.9,
      latency_p95_ms: null,
      error_rate_percent: null,
      credits: [
        { below_percent: 99.9, credit_percent: 10 },
        { below_percent: 99, credit_percent: 25 },
      ],
    }
    expect(draftOf(fieldsOf(promise), promise)?.credits).toHaveLength(2)
  })
})

describe("periods", () => {
  const measured = (start: string) => ({
    start,
    attempts: 1,
    failed: 0,
    rate_limited: 0,
    availability_percent: 100,
    error_rate_percent: 0,
    latency_p50_ms: 1,
    latency_p95_ms: 2,
  })
  it("are named in UTC, whatever the zone of the screen", () => {
    expect(periodName("2026-11-20T00:00:00Z", "day", "en")).toBe("Nov 20")
    expect(periodName("2026-11-01T00:00:00Z", "month", "en")).toBe("November 2026")
    expect(periodName("2026-11-20T08:00:00Z", "hour", "en")).toBe("Nov 20, 08:00 UTC")
  })
  it("follow one another, with gaps where nothing was asked", () => {
    const months = [measured("2025-12-01T00:00:00Z"), measured("2026-02-01T00:00:00Z")]
    const found = withoutGaps(months, "month")
    expect(found.map(({ start, attempts }) => [start.slice(0, 7), attempts])).toEqual([
      ["2025-12", 1],
      ["2026-01", undefined],
      ["2026-02", 1],
    ])
    expect(withoutGaps([], "day")).toEqual([])
  })
})
