import { describe, expect, it } from "vitest"
import { endOf, periodOf } from "./period"

const now = Date.parse("2026-11-21T18:30:00Z") // already the 22nd in Shanghai

describe("periodOf", () => {
  it("cuts days at local midnight", () => {
    const period = periodOf("7d", now, 480)
    expect(period.to).toBe("2026-11-22T16:00:00.000Z")
    expect(period.from).toBe("2026-11-15T16:00:00.000Z")
    expect(period.starts).toHaveLength(7)
    expect(period.starts[0]).toBe(period.from)
    expect(period.starts.at(-1)).toBe("2026-11-21T16:00:00.000Z")
    expect(period.bucket).toBe("day")
  })
  it("cuts hours for a day, also with half-hour zones", () => {
    const period = periodOf("24h", now, 330)
    expect(period.to).toBe("2026-11-21T19:30:00.000Z")
    expect(period.starts).toHaveLength(24)
    expect(period.bucket).toBe("hour")
  })
  it("stays the same within the hour, so that queries are reused", () => {
    expect(periodOf("30d", now, -300)).toEqual(periodOf("30d", now + 60_000, -300))
  })
})

describe("endOf", () => {
  it("ends a bar where the next begins", () => {
    const { starts } = periodOf("90d", now, 480)
    expect(endOf(starts[3] ?? "", "day")).toBe(starts[4])
  })
})
