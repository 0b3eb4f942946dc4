import { describe, expect, it } from "vitest"
import { formatAgo, formatDuration, formatWait } from "./time"

describe("formatDuration", () => {
  it("uses the unit that a person can read", () => {
    expect(formatDuration(0.42, "en")).toBe("0.42ms")
    expect(formatDuration(3.2, "en")).toBe("3.2ms")
    expect(formatDuration(840, "en")).toBe("840ms")
    expect(formatDuration(999.7, "en")).toBe("1.00s")
    expect(formatDuration(12_345, "en")).toBe("12.3s")
    expect(formatDuration(65_000, "en")).toBe("1m 5s")
    expect(formatDuration(59_990, "en")).toBe("1m 0s")
  })
})

describe("formatWait", () => {
  it("never promises less than it takes", () => {
    expect(formatWait(22.1, "en")).toBe("23s")
  })
})

describe("formatAgo", () => {
  const now = Date.parse("2026-11-21T12:00:00Z")
  it("looks back and ahead", () => {
    expect(formatAgo("2026-11-21T11:57:00Z", now, "en")).toBe("3 minutes ago")
    expect(formatAgo("2026-11-21T11:59:30Z", now, "en")).toBe("now")
    expect(formatAgo("2026-11-20T12:00:00Z", now, "en")).toBe("yesterday")
    expect(formatAgo("2026-11-23T12:00:00Z", now, "en")).toBe("in 2 days")
  })
})
