import { describe, expect, it } from "vitest"
import { formatCount, formatPercent, formatShortCount } from "./number"

describe("formatShortCount", () => {
  it("abbreviates from ten thousand on", () => {
    expect(formatShortCount(9_999, "en")).toBe("9,999")
    expect(formatShortCount(12_345, "en")).toBe("12.3K")
    expect(formatShortCount(1_234_567, "en")).toBe("1.23M")
    expect(formatShortCount(12_345, "zh-CN")).toBe("1.23万")
  })
})

describe("formatCount", () => {
  it("groups by the language", () => {
    expect(formatCount(1_234_567, "en")).toBe("1,234,567")
  })
})

describe("formatPercent", () => {
  it("does not pretend to be complete or empty", () => {
    expect(formatPercent(99.97, "en")).toBe("99.9%")
    expect(formatPercent(0.01, "en")).toBe("0.1%")
    expect(formatPercent(0, "en")).toBe("0%")
    expect(formatPercent(100, "en")).toBe("100%")
    expect(formatPercent(74.6, "en")).toBe("75%")
    expect(formatPercent(4.56, "en")).toBe("4.6%")
  })
})
