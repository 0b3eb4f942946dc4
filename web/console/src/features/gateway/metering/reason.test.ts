import { createInstance, type TFunction } from "i18next"
import { describe, expect, it } from "vitest"
import en from "./messages/en.json"
import zhCN from "./messages/zh-CN.json"
import zhTW from "./messages/zh-TW.json"
import { errorTitleOf, failuresOf, failureText, reasonSentences, whoSaidIt } from "./reason"

const languages = createInstance()
await languages.init({
  lng: "en",
  defaultNS: "metering",
  interpolation: { escapeValue: false },
  resources: { en: { metering: en }, "zh-CN": { metering: zhCN }, "zh-TW": { metering: zhTW } },
})
const speak = (language: string) => languages.getFixedT(language, "metering") as TFunction<"metering">
const count = (value: number) => value.toLocaleString("en")
const part = (code: string, ...values: string[]) => ({ code, values })

describe("policies, conversations and conditions", () => {
  const parts = [
    part("task", "background"),
    part("condition", "labels", "tokens < 1000"),
    part("split", "trial", "b"),
    part("policy", "value", "cheap/k2", "cost", "0.001200 USD"),
    part("stays", "cheap/k2", "12000"),
    part("instead_of", "dear/k2", "cost", ""),
    part("instead_of", "busy/k2", "busy", "1200"),
  ]
  it("are said in English and Chinese", () => {
    expect(reasonSentences(parts, speak("en"), count)).toEqual([
      "The request was taken for background work.",
      "Route labels asks whether tokens < 1000, and it is so.",
      "The experiment trial gave it arm b.",
      "Policy value put cheap/k2 first (expected cost 0.001200 USD).",
      "The conversation stays at cheap/k2, which has 12,000 tokens of it cached.",
      "dear/k2 came after it (nobody knows its score).",
      "busy/k2 came after it (1,200 in flight).",
    ])
    expect(reasonSentences(parts, speak("zh-CN"), count)?.[0]).toBe("该请求被识别为后台任务。")
  })
})

describe("a policy", () => {
  it("has its name and its money in the reader's language", () => {
    const parts = [part("policy", "lowest_cost", "cheap/k2", "cost", "0.001200 USD")]
    const price = (amount: string, currency: string) => `${currency}:${Number(amount)}`
    expect(reasonSentences(parts, speak("en"), count, price)).toEqual([
      "Policy lowest cost put cheap/k2 first (expected cost USD:0.0012).",
    ])
    expect(reasonSentences(parts, speak("zh-CN"), count, price)?.[0]).toContain("最低费用")
  })
})

describe("reasonSentences", () => {
  const parts = [
    part("route", "claude-to-k2", "claude-*", "kimi-k2", "claude-sonnet"),
    part("passed_over", "vllm/qwen", "context", "131072"),
    part("failed", "infini/kimi", "overloaded", "", "We are busy."),
    part("failed", "moonshot/kimi", "timeout", "first_token_timeout", "it sent no token in time"),
    part("adapted", "anthropic/claude", "seed, tool_choice"),
    part("continued", "moonshot/kimi", "anthropic/claude", "instruction"),
    part("not_continued", "moonshot/kimi", "form"),
    part("answered_next", "anthropic/claude"),
    part("answered_able", "vllm/qwen"),
  ]
  it("says why in English", () => {
    expect(reasonSentences(parts, speak("en"), count)).toEqual([
      "Route claude-to-k2 sends claude-* to kimi-k2, then claude-sonnet.",
      "vllm/qwen was passed over: the prompt is longer than its 131,072 tokens of context.",
      "infini/kimi failed: overloaded.",
      "moonshot/kimi failed: no first token in time.",
      "For anthropic/claude these were adapted or left out: seed, tool_choice.",
      "The stream of moonshot/kimi broke off, and anthropic/claude went on with it.",
      "The stream of moonshot/kimi broke off, and nobody went on with it: the answer was to have a given form.",
      "anthropic/claude answered as the next able choice.",
      "vllm/qwen answered as the first able choice.",
    ])
  })
  it("says why in Chinese", () => {
    expect(reasonSentences(parts, speak("zh-CN"), count)).toEqual([
      "路由 claude-to-k2 将 claude-* 发送到 kimi-k2，其次是 claude-sonnet。",
      "跳过了 vllm/qwen：提示词超出其 131,072 token 的上下文。",
      "infini/kimi 失败：过载。",
      "moonshot/kimi 失败：未及时返回首个 token。",
      "为 anthropic/claude 调整或省略了：seed, tool_choice。",
      "moonshot/kimi 的流中断，由 anthropic/claude 接着完成。",
      "moonshot/kimi 的流中断，且未接续：要求回答符合指定格式。",
      "由下一个可用的 anthropic/claude 应答。",
      "由首个可用的 vllm/qwen 应答。",
    ])
  })
  it("has words for every way to be passed over", () => {
    const ways = [
      ["no_key", "INFINI_API_KEY"],
      ["images"],
      ["documents"],
      ["embeddings"],
      ["tools", "128", "129"],
      ["resting", "7"],
      ["rate"],
      ["price_unknown"],
      ["no_rate", "CNY", "USD"],
      ["budget", "USD 0.03", "USD 0.037"],
      ["tokens", "30", "1200"],
      ["request", "No."],
    ]
    for (const language of ["en", "zh-CN", "zh-TW"])
      for (const way of ways) {
        const [sentence] = reasonSentences([part("passed_over", "a/b", ...way)], speak(language), count) ?? []
        expect(sentence).toContain("a/b")
        expect(sentence).not.toMatch(/\{\{|why_not|undefined|NaN/)
      }
  })
  it("leaves to the server what it does not know", () => {
    expect(reasonSentences([...parts, part("dreamt", "x")], speak("zh-CN"), count)).toBeNull()
    expect(reasonSentences([part("passed_over", "a/b", "tired")], speak("zh-CN"), count)).toBeNull()
    expect(reasonSentences([], speak("zh-CN"), count)).toBeNull()
  })
})

describe("errorTitleOf", () => {
  it("adds the reader's words where the server's sentence is a foreign one", () => {
    expect(errorTitleOf("gateway.unknown_model", speak("zh-CN"), "zh-CN")).toBe("没有该名称的模型或路由。")
    expect(errorTitleOf("gateway.stream_timeout", speak("zh-CN"), "zh-CN")).toBe("提供商的应答中断了。")
    expect(errorTitleOf("gateway.unknown_model", speak("en"), "en")).toBe("")
    expect(errorTitleOf("vendor_code", speak("zh-CN"), "zh-CN")).toBe("")
  })
})

describe("failures", () => {
  const attempt = (outcome: string, kind: string, message: string) => ({
    outcome,
    failure_kind: kind,
    failure_message: message,
  })
  it("belong to the attempts in their order", () => {
    const request = {
      attempts: [
        attempt("failed", "server", "oops"),
        attempt("failed", "timeout", "late"),
        attempt("completed", "", ""),
      ],
      reason_parts: [
        part("model", "kimi-k2"),
        part("failed", "a/b", "server", "", "oops"),
        part("failed", "c/d", "timeout", "idle_timeout", "late"),
        part("answered_next", "e/f"),
      ],
    }
    expect(failuresOf(request as unknown as Parameters<typeof failuresOf>[0])).toEqual([
      { kind: "server", code: "", message: "oops" },
      { kind: "timeout", code: "idle_timeout", message: "late" },
      null,
    ])
  })
  it("are said by code, then by kind, then as the provider put it", () => {
    const t = speak("zh-CN")
    expect(failureText({ kind: "timeout", code: "idle_timeout", message: "x" }, t)).toEqual({
      text: "中途停止发送",
      exact: true,
    })
    expect(failureText({ kind: "server", code: "E42", message: "x" }, t)).toEqual({
      text: "提供商出错",
      exact: false,
    })
    expect(failureText({ kind: "new_kind", code: "", message: "x" }, t).text).toBe("x")
  })
})

describe("sentences of failed requests", () => {
  const failed = (kind: string, code: string, message: string, error_message: string) =>
    ({
      attempts: [{ failure_kind: kind, failure_message: message, outcome: "failed" }],
      reason_parts: [part("failed", "a/b", kind, code, message)],
      error_message,
    }) as unknown as Parameters<typeof whoSaidIt>[0]
  const t = speak("en")

  it("are a provider's own words where nothing else stands in them", () => {
    expect(whoSaidIt(failed("caller", "E1", "It is too large.", "It is too large."), t)).toEqual({
      own: "",
      provider: "It is too large.",
    })
  })
  it("are told apart where the server hands a provider's words on", () => {
    expect(whoSaidIt(failed("server", "", "Boom.", "a/b could not answer: Boom."), t)).toEqual({
      own: "a/b could not answer.",
      provider: "Boom.",
    })
  })
  it("are the server's own where no provider said anything", () => {
    const sentence = "a/b could not answer: it stopped sending."
    const request = failed("timeout", "idle_timeout", "it stopped sending", sentence)
    expect(whoSaidIt(request, t)).toEqual({ own: sentence, provider: "" })
    expect(whoSaidIt({ ...request, attempts: [], reason_parts: [] }, t).provider).toBe("")
  })
})
