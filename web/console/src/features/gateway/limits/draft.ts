import type { ApiKey, Limit, LimitChange, LimitDraft, LimitedKeyBody } from "@powerautomation/api-client"

export const measures = ["requests", "tokens", "money", "concurrency"] as const
export const kinds = ["key", "project", "person", "unit", "organization"] as const
export const windows = ["minute", "hour", "day", "week", "month"] as const
export const currencies = ["USD", "CNY", "EUR", "HKD", "TWD", "JPY", "GBP"] as const

export type Measure = (typeof measures)[number]
export type Kind = (typeof kinds)[number]
export type LimitWindow = (typeof windows)[number]

/** What stands in the fields of the form, as it was typed. */
export interface LimitFields {
  kind: Kind
  subject: string
  measure: Measure
  window: LimitWindow
  amount: string
  burst: string
  currency: string
  warn: string
}

/** The fields of a new limit, or of one that is changed. */
export function fieldsOf(limit: Limit | null, keyId?: string): LimitFields {
  if (!limit)
    return {
      kind: "key",
      subject: keyId ?? "",
      measure: "money",
      window: "month",
      amount: "",
      burst: "",
      currency: "USD",
      warn: "80, 100",
    }
  return {
    kind: limit.subject_kind,
    subject: limit.subject_id,
    measure: limit.measure,
    window: limit.window || "month",
    amount: limit.measure === "money" ? unitsOf(limit.amount) : String(limit.amount),
    burst: limit.burst === null ? "" : limit.measure === "money" ? unitsOf(limit.burst) : String(limit.burst),
    currency: limit.currency || "USD",
    warn: limit.warn_percents.join(", "),
  }
}

/** Whether a window follows the calendar: such a limit is a budget, and warns. */
export const isBudget = (fields: Pick<LimitFields, "measure" | "window">) =>
  fields.measure !== "concurrency" && fields.window !== "minute" && fields.window !== "hour"

const unitsOf = (nanos: number) => {
  const digits = String(nanos).padStart(10, "0")
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, "")
}

const MOST_NANOS = 5_000_000_000_000_000

/**
 * The number a field says in the limit's measure (money in nanos), null for an empty field, undefined for anything
 * else. `1 000`, `1,000` and `1000` are the same whole number; money has a point or a comma before its fraction.
 */
export function amountOf(typed: string, measure: Measure): number | null | undefined {
  const value = typed.replace(/[\s_]/g, "")
  if (!value) return null
  if (measure !== "money") {
    const whole = value.replace(/,/g, "")
    return /^\d{1,15}$/.test(whole) && Number(whole) <= MOST_NANOS ? Number(whole) : undefined
  }
  const found = /^(\d{1,7})(?:[.,](\d{1,9}))?$/.exec(value)
  if (!found) return undefined
  const nanos = Number(`${found[1]}${(found[2] ?? "").padEnd(9, "0")}`)
  return nanos <= MOST_NANOS ? nanos : undefined
}

/** The thresholds a field says, in per cent and in order; undefined when it says something else. */
export function percentsOf(typed: string): number[] | undefined {
  const parts = typed.split(/[,，、\s%]+/).filter(Boolean)
  const percents = [...new Set(parts.map(Number))].sort((a, b) => a - b)
  const good = percents.every((percent) => Number.isInteger(percent) && percent >= 1 && percent <= 100)
  return good && percents.length <= 5 ? percents : undefined
}

/** The names of the fields that cannot be meant like this. */
export function faultsOf(fields: LimitFields): ReadonlySet<keyof LimitFields> {
  const faults = new Set<keyof LimitFields>()
  const amount = amountOf(fields.amount, fields.measure)
  if (fields.kind !== "organization" && !fields.subject.trim()) faults.add("subject")
  const rolling = fields.measure !== "concurrency" && !isBudget(fields)
  if (amount === null || amount === undefined || (rolling && amount < 1)) faults.add("amount")
  const burst = amountOf(fields.burst, fields.measure)
  if (rolling && (burst === undefined || burst === 0)) faults.add("burst")
  if (isBudget(fields) && percentsOf(fields.warn) === undefined) faults.add("warn")
  return faults
}

/** The limit the fields say; only for fields without faults. */
export function draftOf(fields: LimitFields): LimitDraft {
  const budget = isBudget(fields)
  const rolling = fields.measure !== "concurrency" && !budget
  return {
    subject_kind: fields.kind,
    subject_id: fields.kind === "organization" ? "" : fields.subject.trim(),
    measure: fields.measure,
    window: fields.measure === "concurrency" ? "" : fields.window,
    amount: amountOf(fields.amount, fields.measure) ?? 0,
    burst: rolling ? amountOf(fields.burst, fields.measure) : null,
    currency: fields.measure === "money" ? fields.currency : "",
    warn_percents: budget ? (percentsOf(fields.warn) ?? []) : [],
  }
}

/** What may be changed of a limit that exists. */
export function changeOf(fields: LimitFields): LimitChange {
  const { amount, burst, warn_percents } = draftOf(fields)
  return { amount, burst, warn_percents }
}

/** The percentage of a limit that is used, at most 100; null when it could not be read. */
export function usedPercent(limit: Pick<Limit, "used" | "amount" | "burst">): number | null {
  if (limit.used === null) return null
  const whole = limit.burst ?? limit.amount
  return whole > 0 ? Math.min(100, (limit.used / whole) * 100) : 100
}

/**
 * How many budgets are used up, and how many of the others have reached a threshold. Rates and concurrency are left
 * out: they come back by themselves within minutes.
 */
export function alarmsOf(limits: readonly Limit[]): { reached: number; near: number } {
  const budgets = limits.filter((limit) => limit.window && isBudget({ ...limit, window: limit.window }))
  const reached = budgets.filter((limit) => (usedPercent(limit) ?? 0) >= 100)
  const near = budgets.filter((limit) => limit.warned && !reached.includes(limit))
  return { reached: reached.length, near: near.length }
}

/** What stands in the fields for the limits of a new key; an empty field is no limit. */
export interface NewKeyFields {
  budget: string
  currency: string
  perMinute: string
  atOnce: string
}

/** The names of the fields that cannot be meant like this. */
export function wrongKeyFields(fields: NewKeyFields): ReadonlySet<keyof NewKeyFields> {
  const wrong = new Set<keyof NewKeyFields>()
  if (amountOf(fields.budget, "money") === undefined) wrong.add("budget")
  for (const name of ["perMinute", "atOnce"] as const) {
    const amount = amountOf(fields[name], "requests")
    if (amount === undefined || amount === 0) wrong.add(name)
  }
  return wrong
}

/** The limits the fields say; only for fields that can be meant. */
export function keyLimitsOf(fields: NewKeyFields): LimitedKeyBody["limits"] {
  const limit = (
    measure: Measure,
    window: LimitWindow | "",
    amount: number | null | undefined,
    currency = "",
  ) =>
    typeof amount === "number"
      ? [{ measure, window, amount, currency, warn_percents: window === "month" ? [80, 100] : [] }]
      : []
  return [
    ...limit("money", "month", amountOf(fields.budget, "money"), fields.currency),
    ...limit("requests", "minute", amountOf(fields.perMinute, "requests")),
    ...limit("concurrency", "", amountOf(fields.atOnce, "concurrency")),
  ]
}

/** Whom a limit may be for, as the keys tell. */
export function subjectsOf(apiKeys: readonly ApiKey[], kind: Kind): { id: string; name: string }[] {
  const found = new Map<string, string>()
  for (const key of apiKeys) {
    if (kind === "key" && !key.revoked_at) found.set(key.id, key.name)
    if (kind === "project" && key.project) found.set(key.project, key.project)
    if (kind === "person" && key.created_by.startsWith("usr_")) found.set(key.created_by, key.created_by_name)
  }
  return [...found].map(([id, name]) => ({ id, name }))
}
