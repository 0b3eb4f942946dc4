import type { ArmDifference } from "@powerautomation/api-client"
import i18next from "i18next"
import { beforeAll, describe, expect, it } from "vitest"
import en from "./messages/en.json"
import zhCN from "./messages/zh-CN.json"
import { clausesOf } from "./sentence"

const difference: ArmDifference = {
  arm: "b",
  sentence: "",
  measures: [
    {
      measure: "cost",
      verdict: "less",
      absolute: { value: -2e8, low: -2.4e8, high: -1.8e8 },
      relative: { value: -0.2, low: -0.24, high: -0.18 },
    },
    { measure: "duration_p95", verdict: "more", absolute: null, relative: null },
    {
      measure: "error_rate",
      verdict: "more",
      absolute: { value: 0.02, low: 0.005, high: 0.0312 },
      relative: null,
    },
    { measure: "first_token_p50", verdict: "none_seen", absolute: null, relative: null },
    { measure: "rating", verdict: "too_few", absolute: null, relative: null },
  ],
}

describe("sentence about an arm", () => {
  beforeAll(async () => {
    await i18next.init({
      lng: "en",
      ns: ["splits"],
      resources: { en: { splits: en }, "zh-CN": { splits: zhCN } },
      interpolation: { escapeValue: false },
    })
  })
  it("says what can be seen first, then what cannot", () => {
    expect(clausesOf(difference, i18next.getFixedT("en", "splits"), "en")).toEqual([
      "b costs 18–24% less",
      "b fails 0.5–3.1 percentage points more often",
      "no difference in speed can be seen yet",
      "too few requests to tell about ratings",
    ])
  })
  it("says it in Chinese", () => {
    expect(clausesOf(difference, i18next.getFixedT("zh-CN", "splits"), "zh-CN")[0]).toBe("b 的费用少 18–24%")
  })
})
