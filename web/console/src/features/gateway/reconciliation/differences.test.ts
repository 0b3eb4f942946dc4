import { describe, expect, it } from "vitest"
import { isSettled, tokensOf } from "./differences"

describe("differences", () => {
  it("adds every kind of token, and nothing where a side states none", () => {
    const tokens = { input: 1, cached_input: 20, cache_write_5m: 300, cache_write_1h: 4000, output: 50000 }
    expect(tokensOf(tokens)).toBe(54321)
    expect(tokensOf(null)).toBeNull()
  })

  it("leaves for people what does not agree", () => {
    expect(["agrees", "midnight", "credit"].every((one) => isSettled(one as "agrees"))).toBe(true)
    expect(["missing_here", "tokens", "price", "rate"].some((one) => isSettled(one as "price"))).toBe(false)
  })
})
