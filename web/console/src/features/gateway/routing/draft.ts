import type { Route, RouteBody } from "@powerautomation/api-client"
import {
  type CacheFields,
  cacheFaults,
  cacheFieldsOf,
  cacheOf,
  type ExperimentFields,
  experimentFaults,
  experimentOf,
  type GuardrailFields,
  guardrailFaults,
  guardrailFieldsOf,
  guardrailsOf,
  numberOf,
  splitOf,
} from "./extras"

/** The policies a person may choose; empty is the default: models in order, each model's deployments by value. */
export const policies = [
  "",
  "in_order",
  "value",
  "lowest_cost",
  "lowest_latency",
  "least_busy",
  "round_robin",
  "weighted",
] as const

export interface RouteFields {
  readonly name: string
  readonly pattern: string
  readonly when: string
  readonly refuses: boolean
  readonly refuse: string
  readonly use: readonly string[]
  readonly policy: (typeof policies)[number]
  /** By model, or by deployment where the stored route says so. */
  readonly weights: Readonly<Record<string, string>>
  readonly experiment: ExperimentFields
  readonly cache: CacheFields
  readonly guardrails: GuardrailFields
  readonly promptCache: boolean
  readonly continueStreams: boolean
}

/** Return what a stored route says, with nothing left out but defaults; empty for a new one. */
export function definitionOf(route: Route | null): Partial<RouteBody> {
  return { ...(route?.definition as Partial<RouteBody> | null | undefined) }
}

/** Return what the form shows at first: an empty route, or what a stored one says. */
export function fieldsOf(route: Route | null): RouteFields {
  const definition = definitionOf(route)
  return {
    name: route?.name ?? "",
    pattern: route?.match.model ?? "",
    when: route?.match.when ?? "",
    refuses: Boolean(route?.refuse),
    refuse: route?.refuse ?? "",
    use: route?.use ?? [],
    policy: policies.find((one) => one === (route?.policy ?? "")) ?? "",
    weights: Object.fromEntries(
      Object.entries(route?.weights ?? {}).map(([name, weight]) => [name, String(weight)]),
    ),
    experiment: experimentOf(definition),
    cache: cacheFieldsOf(definition),
    guardrails: guardrailFieldsOf(definition),
    promptCache: definition.prompt_cache ?? false,
    continueStreams: definition.continue_streams ?? false,
  }
}

/** Return the names whose weights count under the chosen policy: the models, and what else the stored route weighs. */
export function weighedNames(fields: RouteFields): string[] {
  if (fields.policy !== "weighted" && fields.policy !== "least_busy") return []
  return [...new Set([...fields.use, ...Object.keys(fields.weights)])]
}

/** Return which fields cannot be sent as they are, named as the server names them: `match.model`, `weights.kimi`. */
export function faultsOf(fields: RouteFields): ReadonlySet<string> {
  const faults = new Set<string>()
  if (!fields.name.trim()) faults.add("name")
  if (!fields.pattern.trim()) faults.add("match.model")
  if (fields.refuses) {
    if (!fields.refuse.trim()) faults.add("refuse")
    return faults
  }
  const uses = fields.use.length > 0
  if (!uses && !fields.experiment.on) faults.add("use")
  for (const name of weighedNames(fields)) {
    const weight = numberOf(fields.weights[name] ?? "1")
    if (!(weight >= 0 && weight <= 1_000_000)) faults.add(`weights.${name}`)
  }
  for (const fault of [
    ...experimentFaults(fields.experiment, uses),
    ...cacheFaults(fields.cache),
    ...guardrailFaults(fields.guardrails),
  ])
    faults.add(fault)
  return faults
}

/** Return what is sent. What a stored route says and the form does not show stays as it is. */
export function bodyOf(fields: RouteFields, route: Route | null): RouteBody {
  const kept = definitionOf(route)
  const stated = {
    name: fields.name.trim(),
    match: { model: fields.pattern.trim(), when: fields.when.trim() },
  }
  if (fields.refuses) return { ...kept, ...stated, refuse: fields.refuse.trim(), use: [], split: null }
  const weights = { ...kept.weights }
  for (const name of weighedNames(fields)) weights[name] = numberOf(fields.weights[name] ?? "1")
  return {
    ...kept,
    ...stated,
    refuse: "",
    use: [...fields.use],
    policy: fields.policy || null,
    weights,
    split: splitOf(fields.experiment),
    cache: cacheOf(fields.cache, kept),
    guardrails: guardrailsOf(fields.guardrails, kept),
    prompt_cache: fields.promptCache,
    continue_streams: fields.continueStreams,
  }
}

/** Where a condition is wrong and why, from what the server says of the field: `2:6: undeclared reference …`. */
export function placeOf(said: string): { line: number; column: number; reason: string } | null {
  const found = /^(\d+):(\d+): ([\s\S]*)$/.exec(said)
  return found ? { line: Number(found[1]), column: Number(found[2]), reason: found[3] ?? "" } : null
}

/** Return the ids of the stored routes after one of them moved a place up (-1) or down (1). */
export function moved(routes: readonly Route[], routeId: string, by: -1 | 1): string[] {
  const ids = routes.flatMap((route) => (route.id ? [route.id] : []))
  const at = ids.indexOf(routeId)
  const to = at + by
  if (at < 0 || to < 0 || to >= ids.length) return ids
  ids.splice(to, 0, ...ids.splice(at, 1))
  return ids
}
