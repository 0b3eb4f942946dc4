import type { Route, RouteBody } from "@powerautomation/api-client"

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
  readonly weights: Readonly<Record<string, string>>
  readonly continueStreams: boolean
}

/** Return what the form shows at first: an empty route, or what a stored one says. */
export function fieldsOf(route: Route | null): RouteFields {
  const definition = route?.definition as Partial<RouteBody> | null | undefined
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
    continueStreams: definition?.continue_streams ?? false,
  }
}

/** Return which fields cannot be sent as they are. */
export function faultsOf(fields: RouteFields, experiment: boolean): ReadonlySet<keyof RouteFields> {
  const faults = new Set<keyof RouteFields>()
  if (!fields.name.trim()) faults.add("name")
  if (!fields.pattern.trim()) faults.add("pattern")
  if (fields.refuses && !fields.refuse.trim()) faults.add("refuse")
  if (!fields.refuses && !experiment && fields.use.length === 0) faults.add("use")
  if (fields.policy === "weighted" && Object.values(weightsOf(fields)).some((weight) => !(weight > 0)))
    faults.add("weights")
  return faults
}

/** Return what is sent. What a stored route says and the form does not show stays as it is. */
export function bodyOf(fields: RouteFields, route: Route | null): RouteBody {
  const kept = { ...(route?.definition as Partial<RouteBody> | null | undefined) }
  const match = { model: fields.pattern.trim(), when: fields.when.trim() }
  if (fields.refuses) return { name: fields.name.trim(), match, refuse: fields.refuse.trim() }
  return {
    ...kept,
    name: fields.name.trim(),
    match,
    refuse: "",
    use: [...fields.use],
    policy: fields.policy || null,
    weights: fields.policy === "weighted" ? weightsOf(fields) : (kept.weights ?? {}),
    continue_streams: fields.continueStreams,
  }
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

function weightsOf(fields: RouteFields): Record<string, number> {
  return Object.fromEntries(
    fields.use.map((name) => [name, Number((fields.weights[name] ?? "1").replace(",", "."))]),
  )
}
