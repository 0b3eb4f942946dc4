import { describe, expect, it } from "vitest"
import { moneyTicks } from "./ticks"

const dollars = (highest: number) => moneyTicks(highest * 1e9).map((nanos) => nanos / 1e9)

describe("ticks of money", () => {
  it("are round, and the last is at the highest bar or just above", () => {
    expect(dollars(6.01)).toEqual([0, 2, 4, 6, 8])
    expect(dollars(5.1)).toEqual([0, 2, 4, 6])
    expect(dollars(1)).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(dollars(0.06)).toEqual([0, 0.02, 0.04, 0.06])
    expect(dollars(1234)).toEqual([0, 500, 1000, 1500])
  })

  it("are few, rise evenly and reach every bar", () => {
    for (let highest = 0.001; highest < 1e6; highest *= 1.37) {
      const ticks = dollars(highest)
      expect(ticks.length).toBeLessThanOrEqual(5)
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest * 0.999_999)
      expect((ticks.at(-1) ?? 0) - (ticks[1] ?? 0)).toBeLessThan(Math.max(highest, 0.004))
    }
  })

  it("of nothing are still ticks", () => {
    expect(moneyTicks(0)).toHaveLength(5)
  })
})
