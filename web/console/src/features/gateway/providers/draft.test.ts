import type { Provider } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { changeOf, faultOf, isPrice, modelDraft, modelsOf } from "./draft"

describe("isPrice", () => {
  it("takes decimals and nothing that could be read twice", () => {
    expect(["0", "0.60", "15", "2.5"].every(isPrice)).toBe(true)
    expect(["-1", "1,5", "1e3", ".5", "abc", ""].some(isPrice)).toBe(false)
  })
})

describe("modelsOf", () => {
  it("keeps an unknown price unknown and an explicit zero zero", () => {
    expect(modelsOf([modelDraft("", " kimi-k3 ")])).toEqual([{ public_model: "kimi-k3", model: "kimi-k3" }])
    expect(modelsOf([{ ...modelDraft("free", "local"), input: "0", output: "0" }])).toEqual([
      {
        public_model: "free",
        model: "local",
        price: { input: "0", cached_input: null, output: "0", currency: "USD" },
      },
    ])
  })
})

describe("faultOf", () => {
  it("names what is wrong", () => {
    expect(faultOf(modelDraft("x", " "))).toBe("model")
    expect(faultOf({ ...modelDraft("x", "m"), output: "cheap" })).toBe("price")
    expect(faultOf({ ...modelDraft("x", "m"), output: "2.50" })).toBeNull()
  })
})

describe("changeOf", () => {
  const provider = { requests_per_second: 60 } as Provider
  it("sends only what changed", () => {
    expect(changeOf(provider, { apiKey: " ", rate: "60", models: null })).toEqual({})
    expect(changeOf(provider, { apiKey: "sk-1", rate: "", models: null })).toEqual({
      api_key: "sk-1",
      requests_per_second: null,
    })
  })
})
