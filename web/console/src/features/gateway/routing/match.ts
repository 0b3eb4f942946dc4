import type { RoutingTable } from "@powerautomation/api-client"

/** Return whether a model name fits a pattern in which `*` stands for any text and `?` for one character. */
export function fits(model: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".")
  return new RegExp(`^${source}$`, "s").test(model)
}

/** What would happen to a request for a model: a route takes it, it is known by name, or nobody serves it. */
export type Answer =
  | { kind: "route"; name: string; use: readonly string[] }
  | { kind: "model"; name: string }
  | { kind: "unknown" }

/** Return who would serve a model; the first route that matches wins, then the model's own name. */
export function whoServes(table: RoutingTable, model: string): Answer {
  const route = table.items.find((candidate) => fits(model, candidate.match.model))
  if (route) return { kind: "route", name: route.name, use: route.use }
  const known = table.models.find((candidate) => candidate.name === model)
  return known ? { kind: "model", name: known.name } : { kind: "unknown" }
}
