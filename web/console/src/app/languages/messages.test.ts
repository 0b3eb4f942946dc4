import { describe, expect, it } from "vitest"
import { collect, namespaceOf } from "./collect"

type Texts = Record<string, unknown>

const files = import.meta.glob<Texts>("/console/src/**/messages/*.json", { eager: true, import: "default" })

/** All messages as `namespace:a.b.c`, without the endings by which i18next knows singular and plural. */
function flatten(language: string): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (texts: Texts, path: string) => {
    for (const [name, value] of Object.entries(texts)) {
      const key = `${path}.${name}`
      if (typeof value === "string") found.set(key.replace(/_(one|other)$/, ""), value)
      else walk(value as Texts, key)
    }
  }
  for (const [path, texts] of Object.entries(files)) {
    if (path.endsWith(`/${language}.json`)) walk(texts, namespaceOf(path))
  }
  return found
}

const placeholders = (text: string) =>
  [...text.matchAll(/\{\{(\w+)\}\}|<(\w+)>/g)].map((match) => match[0]).sort()

describe("messages", () => {
  const english = flatten("en")

  it("exist", () => {
    expect(english.size).toBeGreaterThan(200)
    expect(english.get("metering.overview.title")).toBe("Overview")
  })

  for (const language of ["zh-CN", "zh-TW"]) {
    const other = flatten(language)
    it(`are complete in ${language}, nothing missing and nothing left over`, () => {
      expect([...other.keys()].sort()).toEqual([...english.keys()].sort())
    })
    it(`fill in the same values in ${language}`, () => {
      // The singular of English may leave the number out; "count" only chooses the form.
      const differing = [...english].filter(([key, text]) => {
        const wanted = placeholders(text).filter((name) => name !== "{{count}}")
        const given = placeholders(other.get(key) ?? "").filter((name) => name !== "{{count}}")
        return wanted.join() !== given.join()
      })
      expect(differing).toEqual([])
    })
  }

  it("are traditional where they should be", () => {
    const simplifiedOnly = /[户钥应关闭请务错设导览额线连择发阅当]/
    const wrong = [...flatten("zh-TW")].filter(([, text]) => simplifiedOnly.test(text))
    expect(wrong).toEqual([])
  })
})

describe("the traditional messages", () => {
  it("call a request by one word", () => {
    const other = [...flatten("zh-TW")].filter(
      ([key, text]) => key.startsWith("metering.usage") && /要求/.test(text),
    )
    expect(other).toEqual([])
  })
})

describe("collect", () => {
  it("names a namespace after the folder of its feature", () => {
    const bundle = collect({
      "/src/features/gateway/metering/messages/en.json": { a: "b" },
      "/src/app/messages/en.json": {},
    })
    expect(Object.keys(bundle)).toEqual(["metering", "shell"])
  })
})
