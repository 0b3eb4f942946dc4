import type { RoutingTable } from "@powerautomation/api-client"

/**
 * Return whether a model name fits a pattern the way the gateway reads it: `*` stands for any text, `?` for one
 * character, `[abc]` for one of these, `[!abc]` for any other; upper and lower case differ.
 */
export function fits(model: string, pattern: string): boolean {
  const source = pattern.replace(
    /\[(!?)([^\]]+)\]|[\s\S]/g,
    (found: string, not: string, set: string | undefined) => {
      if (set !== undefined) return `[${not ? "^" : ""}${set.replace(/[\\^]/g, "\\$&")}]`
      if (found === "*") return ".*"
      return found === "?" ? "." : found.replace(/[.+^${}()|[\]\\]/g, "\\$&")
    },
  )
  return new RegExp(`^${source}$`, "s").test(model)
}

/** What would happen to a request for a model: a route takes it, it is known by name, or nobody serves it. */
export type Answer =
  | { kind: "route"; name: string; use: readonly string[] }
  | { kind: "model"; name: string }
  | { kind: "unknown" }

/**
 * Return who would serve a model: the first route without a condition that matches and leads to any deployment wins,
 * then the model's own name.
 */
export function whoServes(table: RoutingTable, model: string): Answer {
  const served = new Set(table.models.filter((one) => one.deployments.length > 0).map((one) => one.name))
  const route = table.items.find(
    (candidate) =>
      // Whether a condition holds is not told by the name: trying a whole request tells.
      !candidate.match.when &&
      fits(model, candidate.match.model) &&
      candidate.use.some((name) => served.has(name)),
  )
  if (route) return { kind: "route", name: route.name, use: route.use }
  const known = table.models.find((candidate) => candidate.name === model)
  return known ? { kind: "model", name: known.name } : { kind: "unknown" }
}
