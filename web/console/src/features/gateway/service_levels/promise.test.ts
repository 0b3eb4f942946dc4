import { describe, expect, it } from "vitest"
import { draftOf, fieldsOf, millisecondsOf, percentOf } from "./promise"

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
