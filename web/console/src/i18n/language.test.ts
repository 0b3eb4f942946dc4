import { describe, expect, it } from "vitest"
import { matchLanguage } from "./index"

describe("matchLanguage", () => {
  it("finds the script of Chinese", () => {
    expect(matchLanguage(["zh-Hans-CN"])).toBe("zh-CN")
    expect(matchLanguage(["zh"])).toBe("zh-CN")
    expect(matchLanguage(["zh-HK", "en"])).toBe("zh-TW")
    expect(matchLanguage(["zh-Hant"])).toBe("zh-TW")
  })
  it("takes the first language that we have", () => {
    expect(matchLanguage(["fr-FR", "zh-CN"])).toBe("zh-CN")
    expect(matchLanguage(["fr-FR"])).toBe("en")
  })
})
