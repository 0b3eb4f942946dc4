import type { Setting } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { groupSettings, shownValue } from "./settings"

const setting = (path: string, value: unknown, source: Setting["source"]): Setting => ({
  path,
  value,
  source,
  file: null,
  line: null,
})

const settings: Setting[] = [
  setting("data_dir", "./data", "default"),
  setting("server.port", 8080, "file"),
  setting("server.trusted_proxies", ["127.0.0.1"], "default"),
  setting("providers.infini.api_key", "***", "environment"),
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
