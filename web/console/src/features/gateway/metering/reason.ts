import type { RequestDetail } from "@powerautomation/api-client"
import type { TFunction } from "i18next"
import type en from "./messages/en.json"

type Translate = TFunction<"metering">
/** Write an amount, a decimal in whole units, in the reader's language. */
type Price = (amount: string, currency: string) => string
type FailureKind = keyof typeof en.failure_kinds
type FailureCode = keyof typeof en.failure_codes

/** How an attempt failed, as the gateway knows it: a kind, and a code of its own or of the provider. */
export interface Failure {
  readonly kind: string
  readonly code: string
  readonly message: string
}

/** Return the failure of each attempt, null where it did not fail; reasons name failures in the order they happened. */
export function failuresOf(request: Pick<RequestDetail, "attempts" | "reason_parts">): (Failure | null)[] {
  const said = request.reason_parts.filter((part) => part.code === "failed")
  return request.attempts.map((attempt) => {
    if (!attempt.failure_kind) return null
    const code = attempt.outcome === "failed" ? (said.shift()?.values[2] ?? "") : ""
    return { kind: attempt.failure_kind, code, message: attempt.failure_message }
  })
}

/** Say in the reader's language how an attempt failed; `exact` says that nothing the provider wrote would add to it. */
export function failureText(failure: Failure, t: Translate): { text: string; exact: boolean } {
  const byCode = t(`failure_codes.${failure.code as FailureCode}`, { defaultValue: "" })
  if (byCode) return { text: byCode, exact: true }
  const byKind = t(`failure_kinds.${failure.kind as FailureKind}`, { defaultValue: "" })
  return { text: byKind || failure.message || failure.kind, exact: false }
}

const SAID_BY_PROVIDERS = new Set(["caller", "credential", "rate_limited", "overloaded", "server"])

/** What the provider itself wrote about a failure; empty where the message is ours. */
export function providersWords(failure: Failure, t: Translate): string {
  return SAID_BY_PROVIDERS.has(failure.kind) && !failureText(failure, t).exact ? failure.message : ""
}

/** A failed request's sentence, told apart: what the server says itself, and what it hands on from the last provider. */
export function whoSaidIt(
  request: Pick<RequestDetail, "attempts" | "reason_parts" | "error_message">,
  t: Translate,
): { own: string; provider: string } {
  const last = failuresOf(request).at(-1)
  const words = last ? providersWords(last, t) : ""
  const at = words ? request.error_message.indexOf(words.replace(/\.$/, "")) : -1
  if (at < 0) return { own: request.error_message, provider: "" }
  const before = request.error_message.slice(0, at).replace(/[:\s]+$/, "")
  return { own: before && `${before}.`, provider: words }
}

/**
 * Say in the reader's language, by its code, why a request failed. Empty in English, where the server's own sentence says
 * it and more (which deployment, which model), and for codes that are a provider's own.
 */
export function errorTitleOf(code: string, t: Translate, language: string): string {
  if (language === "en") return ""
  const known = code.replace(/^gateway\.stream_.*/, "gateway.stream").replaceAll(".", "_")
  return t(`error_titles.${known as keyof typeof en.error_titles}`, { defaultValue: "" })
}

/**
 * Say in the reader's language why a request went where it went, one sentence for each thing that led there. Null when
 * the reason has something this console does not know: then only the server's own English sentence says it all.
 */
export function reasonSentences(
  parts: RequestDetail["reason_parts"],
  t: Translate,
  count: (value: number) => string,
  price: Price = (amount, currency) => `${amount} ${currency}`,
): string[] | null {
  const sentences = parts.map((part) => sentenceOf(part.code, part.values, t, count, price))
  return sentences.length > 0 && sentences.every((sentence) => sentence !== null) ? sentences : null
}

const obstacles = ["form", "prefilled", "masked", "blocks", "long"] as const
const outcomes = ["masked", "recorded", "refused"] as const

function sentenceOf(
  code: string,
  [first = "", second = "", ...rest]: readonly string[],
  t: Translate,
  count: (value: number) => string,
  price: Price,
): string | null {
  switch (code) {
    case "route":
      return t("why.route", { route: first, pattern: second, models: rest.join(t("why.then")) })
    case "refuses":
      return t("why.refuses", { route: first, pattern: second })
    case "task":
      return t("why.task", { task: taskName(first, t) })
    case "condition":
      return t("why.condition", { route: first, condition: second })
    case "no_answer":
      return t("why.no_answer", { route: first, message: second })
    case "split":
      return t("why.split", { split: first, arm: second })
    case "policy": {
      const score = scoreText(rest[0] ?? "", rest[1] ?? "", t, count, price)
      return t("why.policy", { policy: policyName(first, t), deployment: second, score })
    }
    case "stays":
      return t("why.stays", { deployment: first, tokens: count(Number(second)) })
    case "leaves":
      return t("why.leaves", { deployment: first, tokens: count(Number(second)) })
    case "instead_of":
      return t("why.instead_of", {
        deployment: first,
        score: scoreText(second, rest[0] ?? "", t, count, price),
      })
    case "model":
      return t("why.model", { model: first })
    case "passed_over": {
      const why = whyNot(second, rest, t, count)
      return why && t("why.passed_over", { deployment: first, why })
    }
    case "adapted":
      return t("why.adapted", { deployment: first, fields: second })
    case "failed": {
      const failure = { kind: second, code: rest[0] ?? "", message: rest[1] ?? "" }
      return t("why.failed", { deployment: first, how: failureText(failure, t).text })
    }
    case "cached":
      return t("why.cached", { deployment: second, seconds: count(Number(rest[0])) })
    case "screened": {
      const outcome = outcomes.find((one) => one === second)
      return outcome
        ? t("why.screened", { found: first, outcome: t(`screened.${outcome}`), score: rest[0] ?? "" })
        : null
    }
    case "continued":
      return t("why.continued", { broken: first, deployment: second })
    case "not_continued": {
      const cause = obstacles.find((one) => one === second)
      return cause ? t("why.not_continued", { broken: first, cause: t(`not_continued.${cause}`) }) : null
    }
    case "answered_first":
      return t("why.answered_first", { deployment: first })
    case "answered_able":
      return t("why.answered_able", { deployment: first })
    case "answered_next":
      return t("why.answered_next", { deployment: first })
    default:
      return null
  }
}

/** Say in the reader's language what kind of work a request was taken for. */
export function taskName(task: string, t: Translate): string {
  return t(`tasks.${task as keyof typeof en.tasks}`, { defaultValue: task })
}

function policyName(policy: string, t: Translate): string {
  return t(`policies.${policy as keyof typeof en.policies}`, { defaultValue: policy })
}

function scoreText(
  kind: string,
  score: string,
  t: Translate,
  count: (value: number) => string,
  price: Price,
): string {
  if (!score) return t("scores.unknown")
  const [amount = "", currency = ""] = score.split(" ")
  const shown =
    kind === "busy" || kind === "latency"
      ? count(Number(score))
      : kind === "cost" && currency
        ? price(amount, currency)
        : score
  return t(`scores.${kind as keyof typeof en.scores}`, { score: shown, defaultValue: score })
}

function whyNot(
  code: string,
  [first = "", second = ""]: readonly string[],
  t: Translate,
  count: (value: number) => string,
): string | null {
  switch (code) {
    case "images":
    case "documents":
    case "embeddings":
    case "rate":
      return t(`why_not.${code}`)
    case "no_key":
      return t("why_not.no_key", { name: first })
    case "tools":
      return t("why_not.tools", { most: count(Number(first)), tools: count(Number(second)) })
    case "context":
      return t("why_not.context", { tokens: count(Number(first)) })
    case "resting":
      return t("why_not.resting", { seconds: count(Number(first)) })
    case "price_unknown":
      return t("why_not.price_unknown")
    case "no_rate":
      return t("why_not.no_rate", { price: first, budget: second })
    case "budget":
      return t("why_not.budget", { left: first, needed: second })
    case "tokens":
      return t("why_not.tokens", { left: count(Number(first)), needed: count(Number(second)) })
    case "request":
      return t("why_not.request", { message: first.replace(/\.$/, "") })
    default:
      return null
  }
}
