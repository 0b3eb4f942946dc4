import type { Estimate } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { placeOf, scaleOf } from "./scale"

const of = (measure: Estimate["measure"], value: number | null, low: number | null, high: number | null) => ({
  measure,
  count: 40,
  value,
  low,
  high,
})

describe("scale of intervals", () => {
  it("holds every interval with room to spare", () => {
    const scale = scaleOf([of("cost", 50, 40, 60), of("cost", 100, null, null)])
    expect(scale.from).toBeLessThan(40)
    expect(scale.to).toBeGreaterThan(100)
  })
  it("never shows a share below nothing or above everything", () => {
    expect(scaleOf([of("error_rate", 0, 0, 0.05), of("error_rate", 1, 0.9, 1)])).toEqual({ from: 0, to: 1 })
  })
  it("exists without values and for a single one", () => {
    expect(scaleOf([of("cost", null, null, null)])).toEqual({ from: 0, to: 1 })
    const scale = scaleOf([of("cost", 0, 0, 0)])
    expect(placeOf(0, scale)).toBe(0)
    expect(placeOf(5, { from: 5, to: 5 })).toBe(50)
  })
  it("places values from end to end", () => {
    expect([0, 25, 100, 120].map((value) => placeOf(value, { from: 0, to: 100 }))).toEqual([0, 25, 100, 100])
  })
})
