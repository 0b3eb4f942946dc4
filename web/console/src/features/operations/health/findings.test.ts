import type { DoctorCheck } from "@powerautomation/api-client"
import { createInstance, type TFunction } from "i18next"
import { describe, expect, it } from "vitest"
import enCommon from "../../../i18n/messages/en.json"
import zhCommon from "../../../i18n/messages/zh-CN.json"
import { wordsOfCheck } from "./findings"
import en from "./messages/en.json"
import zhCN from "./messages/zh-CN.json"

const languages = createInstance()
await languages.init({
  lng: "en",
  interpolation: { escapeValue: false },
  resources: { en: { health: en, common: enCommon }, "zh-CN": { health: zhCN, common: zhCommon } },
})
const say = (language: string, check: Partial<DoctorCheck>) =>
  wordsOfCheck(
    { id: "", title: "", state: "ok", detail: "", action: "", code: "", values: {}, ...check },
    languages.getFixedT(language, "health") as TFunction<"health">,
    languages.getFixedT(language, "common") as TFunction,
    language,
  )

describe("a connection that failed", () => {
  const check = (reason: string) => ({ code: "reach_failed", values: { host: "example.org:443", reason } })
  it("says why in Chinese, and what it does not know as it was said", () => {
    expect(say("zh-CN", check("Its name is not known")).detail).toContain("域名无法解析")
    expect(say("zh-CN", check("broken pipe")).detail).toContain("broken pipe")
  })
})

describe("wordsOfCheck", () => {
  const missing = {
    id: "provider_keys",
    code: "provider_keys_missing",
    values: { names: "infini", settings: "INFINI_API_KEY" },
    detail: "No key is set for infini.",
  }
  it("says what was found and how to mend it in the reader's language", () => {
    expect(say("en", missing)).toMatchObject({
      title: "Provider keys",
      detail: "No key is set for infini.",
      action: expect.stringContaining("Set for the server: INFINI_API_KEY."),
    })
    expect(say("zh-CN", missing)).toMatchObject({
      title: "提供商密钥",
      detail: "以下提供商没有密钥：infini。",
      action: expect.stringContaining("请为服务器设置：INFINI_API_KEY。"),
    })
  })
  it("names the provider in the title, and counts further findings under one title", () => {
    expect(say("zh-CN", { id: "reach_moonshot", values: { provider: "moonshot" } }).title).toBe(
      "连接 moonshot",
    )
    expect(say("zh-CN", { id: "settings_2" }).title).toBe("配置")
  })
  it("says the problem that kept a check from being done", () => {
    expect(say("zh-CN", { code: "database.unavailable", detail: "The database is away." }).detail).toBe(
      "无法连接数据库。",
    )
  })
  it("leaves to the server's English what it does not know", () => {
    const unknown = { id: "moon", title: "Moon", code: "moon_full", detail: "It is full.", action: "Wait." }
    expect(say("zh-CN", unknown)).toEqual({ title: "Moon", detail: "It is full.", action: "Wait." })
  })
})
