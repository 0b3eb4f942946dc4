/** The parts of a route's form that are off unless a person turns them on: an experiment, the answer cache, guardrails. */
import type { RouteBody } from "@powerautomation/api-client"

type Definition = Partial<RouteBody>
type Split = NonNullable<RouteBody["split"]>
type Cache = NonNullable<RouteBody["cache"]>
type Guardrails = NonNullable<RouteBody["guardrails"]>

export const MOST_ARMS = 20
export const units = ["seconds", "minutes", "hours", "days"] as const
const secondsOf = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const

/** Actions on what guardrails find; empty is not to look for it. */
export const actions = ["", "mask", "refuse", "record"] as const
export const kindActions = ["mask", "refuse", "record", "ignore"] as const

export interface ArmFields {
  /** Tells arms apart on the screen while their names change. */
  readonly id: number
  readonly name: string
  readonly weight: string
  /** Empty: the models of the route. */
  readonly use: readonly string[]
  /** Empty: the policy of the route. */
  readonly policy: string
}

export interface ExperimentFields {
  readonly on: boolean
  readonly name: string
  readonly by: Split["by"]
  readonly arms: readonly ArmFields[]
}

export interface CacheFields {
  readonly on: boolean
  readonly age: string
  readonly unit: (typeof units)[number]
  readonly maxTemperature: string
  readonly kilobytes: string
  readonly semantic: boolean
  readonly similarity: string
  readonly tools: boolean
  readonly images: boolean
  readonly perKey: boolean
}

export interface GuardrailFields {
  readonly on: boolean
  readonly secrets: (typeof actions)[number]
  readonly personalData: (typeof actions)[number]
  readonly kinds: Readonly<Record<string, (typeof kindActions)[number]>>
  readonly injection: "" | "refuse" | "record"
  readonly threshold: string
}

/** Return a number as typed, with a comma or a point; NaN when it is none. */
export function numberOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text.replace(",", "."))
}

const isBetween = (text: string, least: number, most: number) =>
  numberOf(text) >= least && numberOf(text) <= most

export function experimentOf(definition: Definition): ExperimentFields {
  const split = definition.split
  const arms = split?.arms ?? [{ name: "a" }, { name: "b" }]
  return {
    on: Boolean(split),
    name: split?.name ?? "",
    by: split?.by ?? "session",
    arms: arms.map((arm: Partial<Split["arms"][number]>, id) => ({
      id,
      name: arm.name ?? "",
      weight: String(arm.weight ?? 1),
      use: arm.use ?? [],
      policy: arm.policy ?? "",
    })),
  }
}

/** Return an experiment with one more arm, which does as the route. */
export function withArm(fields: ExperimentFields): ExperimentFields {
  const id = Math.max(-1, ...fields.arms.map((arm) => arm.id)) + 1
  const taken = new Set(fields.arms.map((arm) => arm.name))
  const name = [..."abcdefghijklmnopqrstuvwxyz"].find((letter) => !taken.has(letter)) ?? ""
  return { ...fields, arms: [...fields.arms, { id, name, weight: "1", use: [], policy: "" }] }
}

/** Return which fields are wrong: `split.name`, `split.arms.1.weight`, as the server names them. */
export function experimentFaults(fields: ExperimentFields, routeUses: boolean): string[] {
  if (!fields.on) return []
  const faults = fields.name.trim() ? [] : ["split.name"]
  const names = fields.arms.map((arm) => arm.name.trim())
  fields.arms.forEach((arm, place) => {
    const name = names[place] ?? ""
    if (!name || names.indexOf(name) < place) faults.push(`split.arms.${place}.name`)
    if (!(numberOf(arm.weight) > 0 && numberOf(arm.weight) <= 1_000_000))
      faults.push(`split.arms.${place}.weight`)
    if (!routeUses && arm.use.length === 0) faults.push(`split.arms.${place}.use`)
  })
  return faults
}

export function splitOf(fields: ExperimentFields): Split | null {
  if (!fields.on) return null
  return {
    name: fields.name.trim(),
    by: fields.by,
    arms: fields.arms.map((arm) => ({
      name: arm.name.trim(),
      weight: numberOf(arm.weight),
      use: [...arm.use],
      policy: (arm.policy || null) as Split["arms"][number]["policy"],
    })),
  }
}

export function cacheFieldsOf(definition: Definition): CacheFields {
  const cache: Partial<Cache> = definition.cache ?? {}
  const seconds = cache.max_age_seconds ?? 3600
  const unit = [...units].reverse().find((one) => seconds % secondsOf[one] === 0) ?? "seconds"
  return {
    on: Boolean(definition.cache),
    age: String(seconds / secondsOf[unit]),
    unit,
    maxTemperature: String(cache.max_temperature ?? 0),
    kilobytes: String((cache.max_answer_bytes ?? 262_144) / 1024),
    semantic: cache.semantic ?? false,
    similarity: String(cache.similarity ?? 0.9),
    tools: cache.tools ?? false,
    images: cache.images ?? false,
    perKey: cache.per_key ?? false,
  }
}

export function cacheFaults(fields: CacheFields): string[] {
  if (!fields.on) return []
  const faults: string[] = []
  const scale = secondsOf[fields.unit]
  if (!isBetween(fields.age, 1 / scale, 31_536_000 / scale)) faults.push("cache.max_age_seconds")
  if (!isBetween(fields.maxTemperature, 0, 2)) faults.push("cache.max_temperature")
  if (!isBetween(fields.kilobytes, 1, 4096)) faults.push("cache.max_answer_bytes")
  if (fields.semantic && !isBetween(fields.similarity, 0.5, 1)) faults.push("cache.similarity")
  return faults
}

/** Return what is sent; what the definition says and the form does not show stays as it is. */
export function cacheOf(fields: CacheFields, definition: Definition): Cache | null {
  if (!fields.on) return null
  return {
    ...definition.cache,
    max_age_seconds: numberOf(fields.age) * secondsOf[fields.unit],
    max_temperature: numberOf(fields.maxTemperature),
    max_answer_bytes: Math.round(numberOf(fields.kilobytes) * 1024),
    semantic: fields.semantic,
    similarity: fields.semantic ? numberOf(fields.similarity) : (definition.cache?.similarity ?? 0.9),
    tools: fields.tools,
    images: fields.images,
    per_key: fields.perKey,
  }
}

export function guardrailFieldsOf(definition: Definition): GuardrailFields {
  const guardrails: Partial<Guardrails> = definition.guardrails ?? {}
  return {
    on: Boolean(definition.guardrails),
    secrets: guardrails.secrets ?? (definition.guardrails ? "" : "mask"),
    personalData: guardrails.personal_data ?? "",
    kinds: guardrails.kinds ?? {},
    injection: guardrails.injection ?? "",
    threshold: String(guardrails.injection_threshold ?? 0.7),
  }
}

export function guardrailFaults(fields: GuardrailFields): string[] {
  if (!fields.on) return []
  const looks =
    fields.secrets ||
    fields.personalData ||
    fields.injection ||
    Object.values(fields.kinds).some((action) => action !== "ignore")
  const faults = looks ? [] : ["guardrails"]
  if (fields.injection && !isBetween(fields.threshold, 0.05, 1)) faults.push("guardrails.injection_threshold")
  return faults
}

/** Return what is sent; what the definition says and the form does not show stays as it is. */
export function guardrailsOf(fields: GuardrailFields, definition: Definition): Guardrails | null {
  if (!fields.on) return null
  return {
    ...definition.guardrails,
    secrets: fields.secrets || null,
    personal_data: fields.personalData || null,
    kinds: { ...fields.kinds },
    injection: fields.injection || null,
    injection_threshold: fields.injection
      ? numberOf(fields.threshold)
      : (definition.guardrails?.injection_threshold ?? 0.7),
  }
}
