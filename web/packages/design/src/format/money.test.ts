import { describe, expect, it } from "vitest"
import { decimalOfNanos, formatMoney, formatPrice, fractionDigits, percentOf, shownDifference } from "./money"

describe("decimalOfNanos", () => {
  it("writes amounts exactly", () => {
    expect(decimalOfNanos(0)).toBe("0")
    expect(decimalOfNanos(1)).toBe("0.000000001")
    expect(decimalOfNanos(1_234_500_000)).toBe("1.2345")
    expect(decimalOfNanos(-50_000_000)).toBe("-0.05")
    expect(decimalOfNanos(9_007_199_254_740_991)).toBe("9007199.254740991")
  })
  it("refuses numbers that cannot be exact", () => {
    expect(() => decimalOfNanos(0.5)).toThrow(RangeError)
    expect(() => decimalOfNanos(2 ** 60)).toThrow(RangeError)
  })
})

describe("formatMoney", () => {
  it("shows totals to the cent", () => {
    expect(formatMoney(1_234_560_000_000, "USD", "en")).toBe("$1,234.56")
    expect(formatMoney(0, "USD", "en")).toBe("$0.00")
  })
  it("never shows a tiny amount as nothing", () => {
    expect(formatMoney(4_200_000, "USD", "en")).toBe("$0.0042")
    expect(formatMoney(600, "USD", "en")).toBe("$0.0000006")
    expect(formatMoney(1, "USD", "en")).toBe("$0.000000001")
  })
  it("shows single requests with four digits", () => {
    expect(formatMoney(12_345_678, "USD", "en", "fine")).toBe("$0.0123")
    expect(formatMoney(1_500_000_000, "USD", "en", "fine")).toBe("$1.5000")
    expect(formatMoney(15_000_000_000, "USD", "en", "fine")).toBe("$15.00")
  })
  it("shows every digit when asked", () => {
    expect(formatMoney(12_345_678, "USD", "en", "exact")).toBe("$0.012345678")
    expect(formatMoney(12_000_000, "USD", "en", "exact")).toBe("$0.012")
  })
  it("keeps the sign and the currency", () => {
    expect(formatMoney(-1_500_000_000, "USD", "en")).toBe("-$1.50")
    expect(formatMoney(20_000_000_000, "CNY", "zh-CN")).toBe("¥20.00")
  })
})

describe("formatPrice", () => {
  it("writes a price per million tokens", () => {
    expect(formatPrice("0.15", "USD", "en")).toBe("$0.15")
    expect(formatPrice("0.125", "USD", "en")).toBe("$0.125")
    expect(formatPrice("5", "USD", "en")).toBe("$5.00")
  })
})

describe("fractionDigits", () => {
  it("is two for nothing at all", () => {
    expect(fractionDigits(0, "cents")).toBe(2)
    expect(fractionDigits(0, "fine")).toBe(2)
  })
})

describe("percentOf", () => {
  it("has no answer without a whole", () => {
    expect(percentOf(1, 0)).toBeNull()
    expect(percentOf(1, 4)).toBe(25)
  })
})

describe("shownDifference", () => {
  it("is what a reader gets who subtracts what is shown", () => {
    expect(shownDifference(211_700_000, 56_300_000)).toBe(150_000_000)
    expect(shownDifference(1_000_000_000, 400_000_000)).toBe(600_000_000)
  })
  it("is exact where less than a cent is shown", () => {
    expect(shownDifference(104_000_000, 96_000_000)).toBe(8_000_000)
    expect(shownDifference(4_000_000, 1_500_000)).toBe(2_500_000)
  })
})
