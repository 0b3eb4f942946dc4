import type { RoutingTable } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { fits, whoServes } from "./match"

describe("fits", () => {
  it("reads * and ? and nothing else specially", () => {
    expect(fits("claude-sonnet-4-5", "claude-*")).toBe(true)
    expect(fits("my-claude-x", "claude-*")).toBe(false)
    expect(fits("gpt-4.1", "gpt-4.1")).toBe(true)
    expect(fits("gpt-4x1", "gpt-4.1")).toBe(false)
    expect(fits("k2", "k?")).toBe(true)
    expect(fits("a(b", "a(b")).toBe(true)
    expect(fits("k2", "k[12]")).toBe(true)
    expect(fits("k3", "k[!12]")).toBe(true)
    expect(fits("k2", "k[!12]")).toBe(false)
    expect(fits("a[b", "a[b")).toBe(true)
    expect(fits("Claude-x", "claude-*")).toBe(false)
  })
})

const route = (name: string, model: string, use: string[]): RoutingTable["items"][number] => ({
  id: "",
  name,
  match: { model, when: "" },
  use,
  policy: null,
  weights: {},
  split: null,
  refuse: "",
  guardrails: null,
  source: "file",
  definition: null,
})

describe("whoServes", () => {
  const table: RoutingTable = {
    items: [
      route("nobody", "claude-*", ["gone"]),
      { ...route("sometimes", "claude-*", ["small"]), match: { model: "claude-*", when: "hour < 6" } },
      route("titles", "claude-haiku-*", ["small"]),
      route("all", "claude-*", ["kimi-k2"]),
    ],
    models: [
      { name: "small", deployments: ["vllm/small"] },
      { name: "gone", deployments: [] },
      { name: "kimi-k2", deployments: ["infini/kimi-k2-instruct"] },
    ],
    variables: [],
    guardrail_kinds: [],
  }
  it("lets the first match win", () => {
    expect(whoServes(table, "claude-haiku-4-5")).toMatchObject({ kind: "route", name: "titles" })
    expect(whoServes(table, "claude-opus-4-8")).toMatchObject({ kind: "route", name: "all" })
  })
  it("knows models by name and admits what nobody serves", () => {
    expect(whoServes(table, "kimi-k2")).toEqual({ kind: "model", name: "kimi-k2" })
    expect(whoServes(table, "gpt-6")).toEqual({ kind: "unknown" })
  })
})
