import { ApiProblem } from "@powerautomation/api-client"
import i18next, { type TFunction } from "i18next"
import { beforeAll, describe, expect, it } from "vitest"
import english from "../i18n/messages/en.json"
import chinese from "../i18n/messages/zh-CN.json"
import { describeProblem } from "./problem"

const texts: Record<string, TFunction> = {}

beforeAll(async () => {
  await i18next.init({
    lng: "en",
    defaultNS: "common",
    resources: { en: { common: english }, "zh-CN": { common: chinese } },
  })
  for (const language of ["en", "zh-CN"]) texts[language] = i18next.getFixedT(language)
})

const describeIn = (language: string, error: unknown) =>
  describeProblem(error, texts[language] as TFunction, language)

describe("describeProblem", () => {
  const taken = new ApiProblem({
    status: 409,
    code: "providers.name_taken",
    message: "There is already a provider called moonshot.",
    action: "Choose another name.",
    requestId: "req_1",
  })

  it("lets the server speak English itself", () => {
    expect(describeIn("en", taken)).toEqual({
      message: "There is already a provider called moonshot.",
      action: "Choose another name.",
      requestId: "req_1",
    })
  })
  it("translates codes that it knows", () => {
    expect(describeIn("zh-CN", taken)).toMatchObject({
      message: "此名称已被其他提供商使用。",
      requestId: "req_1",
    })
  })
  it("keeps the server's sentence for codes that it does not know", () => {
    const error = new ApiProblem({
      status: 418,
      code: "teapot.hot",
      message: "The pot is hot.",
      action: "Wait.",
    })
    expect(describeIn("zh-CN", error)).toMatchObject({ message: "The pot is hot.", action: "Wait." })
  })
  it("says how long to wait", () => {
    const error = new ApiProblem({
      status: 429,
      code: "sessions.throttled",
      message: "x",
      retryAfterSeconds: 29.2,
    })
    expect(describeIn("zh-CN", error).action).toContain("30")
  })
  it("speaks itself when the server could not be reached or the page broke", () => {
    const error = new ApiProblem({ status: 0, code: "unreachable", message: "raw" })
    expect(describeIn("en", error).message).toBe(english.problem.unreachable.message)
    expect(describeIn("en", new TypeError("x")).message).toBe(english.problem.unexpected.message)
  })
})
