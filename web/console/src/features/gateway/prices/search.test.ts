import { describe, expect, it } from "vitest"
import { searchPrices } from "./search"

const band = { input: "1", cached_input: null, cache_write_5m: null, cache_write_1h: null, output: "2" }
const price = (vendor: string, model: string, currency: string) => ({
  vendor,
  model,
  price: {
    ...band,
    currency,
    source: "",
    effective_from: null,
    above_tokens: null,
    above: null,
    tiers: [],
    regions: [],
  },
})

describe("search of prices", () => {
  const all = [
    price("moonshot", "kimi-k2.6", "USD"),
    price("moonshot", "kimi-k2.6", "CNY"),
    price("anthropic", "claude-haiku-4-5", "USD"),
  ]
  it("wants every word, in vendor, model or currency", () => {
    expect(searchPrices(all, " Kimi  cny ")).toEqual([all[1]])
    expect(searchPrices(all, "haiku kimi")).toEqual([])
    expect(searchPrices(all, "")).toHaveLength(3)
  })
})
