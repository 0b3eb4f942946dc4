import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createInstance, type TFunction } from "i18next"
import { describe, expect, it } from "vitest"
import en from "./messages/en.json"
import zhCN from "./messages/zh-CN.json"
import { presetWords } from "./presetWords"

const presets = readFileSync(
  join(import.meta.dirname, "../../../../../../powerautomation/gateway/providers/presets.yaml"),
  "utf8",
)
const languages = createInstance()
await languages.init({
  lng: "en",
  interpolation: { escapeValue: false },
  resources: { en: { providers: en }, "zh-CN": { providers: zhCN } },
})
const wordsIn = (language: string, preset: { id: string; name: string; note: string }) =>
  presetWords(preset, languages.getFixedT(language, "providers") as TFunction<"providers">)

describe("presetWords", () => {
  it("names Chinese vendors by their Chinese name and keeps the brand", () => {
    const { name, note } = wordsIn("zh-CN", { id: "moonshot", name: "Moonshot AI", note: "The vendor." })
    expect(name).toContain("月之暗面 Kimi")
    expect(note).not.toContain("vendor")
  })
  it("says what the server says of a preset it does not know", () => {
    const unknown = { id: "brand-new", name: "Brand New", note: "Just opened." }
    expect(wordsIn("zh-CN", unknown)).toEqual({ name: "Brand New", note: "Just opened." })
  })
  it("has every preset of the server, in the server's words", () => {
    const told = [...presets.matchAll(/ {2}- id: (\S+)\n {4}name: (.*)\n(?: {4}.*\n)*? {4}note: (.*)\n/g)]
      .filter(([, id]) => id !== "custom")
      .map(([, id = "", name = "", note = ""]) => [id, { name, note }])
    expect(told.length).toBeGreaterThan(15)
    expect(Object.fromEntries(told)).toEqual(en.presets)
  })
})
