import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createInstance, type TFunction } from "i18next"
import { describe, expect, it } from "vitest"
import { conditionHint } from "./conditionHint"
import en from "./messages/en.json"
import zhCN from "./messages/zh-CN.json"

const conditions = join(import.meta.dirname, "../../../../../../powerautomation/gateway/conditions")
const server = ["hints.py", "rules.py"].map((name) => readFileSync(join(conditions, name), "utf8")).join("")
const languages = createInstance()
await languages.init({
  lng: "en",
  interpolation: { escapeValue: false },
  resources: { en: { routing: en }, "zh-CN": { routing: zhCN } },
})
const inChinese = (action: string) =>
  conditionHint(action, languages.getFixedT("zh-CN", "routing") as TFunction<"routing">)

describe("conditionHint", () => {
  it("says in Chinese what was meant, with the names as they are typed", () => {
    expect(inChinese("Did you mean tokens?")).toBe("您是指 tokens 吗？")
    expect(inChinese('Headers are asked for as in headers["x-team"].')).toContain('headers["x-team"]')
    expect(
      inChinese('Text stands in quotes, as in model == "x". A condition may ask for model, tokens.'),
    ).toBe('文本要加引号，例如 model == "x"。')
  })
  it("knows every hint that the server gives", () => {
    const given = [
      ...[...server.matchAll(/return f?(["'])(.*)\1$/gm)].map((match) => match[2] ?? ""),
      ...[...server.matchAll(/action="(.*)"/g)].map((match) => match[1] ?? ""),
    ].filter((one) => / /.test(one))
    expect(given.length).toBe(8)
    expect(given.filter((one) => inChinese(one) === one)).toEqual([])
  })
  it("leaves what it does not know", () => {
    expect(inChinese("Ask somebody.")).toBe("Ask somebody.")
  })
})
