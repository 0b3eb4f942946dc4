import { Search } from "lucide-react"
import { describe, expect, it } from "vitest"
import { type Action, searchActions } from "./index"

const action = (id: string, title: string, keywords: string): Action => ({
  id,
  icon: Search,
  title: () => title,
  keywords: () => keywords,
})
const actions = [
  action("usage", "Overview", "spend savings chart requests"),
  action("requests", "Requests", "live log"),
  action("keys", "API 密钥", "key token miyao my"),
]
const found = (typed: string) => searchActions(actions, typed).map((entry) => entry.id)

describe("searchActions", () => {
  it("puts the title before keywords", () => {
    expect(found("req")).toEqual(["requests", "usage"])
  })
  it("finds Chinese by characters and by pinyin", () => {
    expect(found("密钥")).toEqual(["keys"])
    expect(found("miyao")).toEqual(["keys"])
  })
  it("needs every word", () => {
    expect(found("savings chart")).toEqual(["usage"])
    expect(found("savings bananas")).toEqual([])
  })
  it("offers everything before anything is typed", () => {
    expect(found("  ")).toHaveLength(3)
  })
})
