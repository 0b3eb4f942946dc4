import type { Setting } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { groupSettings, shownValue } from "./settings"

const settings: Setting[] = [
  { path: "data_dir", value: "./data", source: "default" },
  { path: "server.port", value: 8080, source: "file" },
  { path: "server.trusted_proxies", value: ["127.0.0.1"], source: "default" },
  { path: "providers.infini.api_key", value: "***", source: "environment" },
]

describe("groupSettings", () => {
  it("groups by section", () => {
    expect(groupSettings(settings, "").map((group) => [group.name, group.settings.length])).toEqual([
      ["", 1],
      ["server", 2],
      ["providers.infini", 1],
    ])
  })
  it("searches paths and values", () => {
    expect(groupSettings(settings, "8080")[0]?.settings[0]?.path).toBe("server.port")
    expect(groupSettings(settings, "INFINI")).toHaveLength(1)
    expect(groupSettings(settings, "bananas")).toEqual([])
  })
})

describe("shownValue", () => {
  it("writes values as in the file", () => {
    expect(shownValue(["127.0.0.1"])).toBe('["127.0.0.1"]')
    expect(shownValue(null)).toBe("")
    expect(shownValue(false)).toBe("false")
  })
})
