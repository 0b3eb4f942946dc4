import type { ApiKey } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { dryRunOf, workingKeys } from "./dryRun"

const draft = {
  dialect: "openai-chat",
  body: '{"model":"m"}',
  headers: "",
  model: "ignored",
  keyId: "",
} as const

describe("dryRunOf", () => {
  it("reads the body and the lines of headers", () => {
    expect(dryRunOf({ ...draft, headers: "X-Team: red\nnothing\n x-url: http://a:1 " })).toEqual({
      dialect: "openai-chat",
      body: { model: "m" },
      headers: { "x-team": "red", "x-url": "http://a:1" },
      model: "",
      api_key_id: "",
    })
  })
  it("says whose request it would be", () => {
    expect(dryRunOf({ ...draft, keyId: "key_1" })?.api_key_id).toBe("key_1")
  })
  it("names the model only where the address does", () => {
    expect(dryRunOf({ ...draft, dialect: "gemini", model: " gemini-3 " })?.model).toBe("gemini-3")
  })
  it.each(["", "[]", "null", "{", '"text"'])("refuses %s", (body) => {
    expect(dryRunOf({ ...draft, body })).toBeNull()
  })
})

describe("workingKeys", () => {
  it("leaves out keys that were revoked or have run out", () => {
    const key = { name: "b", revoked_at: null, expires_at: null } as ApiKey
    const keys = [
      key,
      { ...key, name: "a", expires_at: "2026-03-01T00:00:00Z" },
      { ...key, name: "gone", revoked_at: "2026-01-01T00:00:00Z" },
      { ...key, name: "over", expires_at: "2026-01-31T00:00:00Z" },
    ]
    const names = workingKeys(keys, Date.parse("2026-02-01T00:00:00Z")).map((one) => one.name)
    expect(names).toEqual(["a", "b"])
  })
})
