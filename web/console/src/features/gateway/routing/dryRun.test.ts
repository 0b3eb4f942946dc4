import { describe, expect, it } from "vitest"
import { dryRunOf } from "./dryRun"

const draft = { dialect: "openai-chat", body: '{"model":"m"}', headers: "", model: "ignored" } as const

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
  it("names the model only where the address does", () => {
    expect(dryRunOf({ ...draft, dialect: "gemini", model: " gemini-3 " })?.model).toBe("gemini-3")
  })
  it.each(["", "[]", "null", "{", '"text"'])("refuses %s", (body) => {
    expect(dryRunOf({ ...draft, body })).toBeNull()
  })
})
