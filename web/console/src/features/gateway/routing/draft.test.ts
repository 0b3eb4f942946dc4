import type { Route } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { bodyOf, faultsOf, fieldsOf, moved } from "./draft"

const stored: Route = {
  id: "rte_1",
  name: "cheap",
  match: { model: "claude-*", when: "tokens > 1000" },
  use: ["kimi", "claude"],
  policy: "weighted",
  weights: { kimi: 9 },
  split: null,
  refuse: "",
  guardrails: null,
  source: "console",
  definition: {
    name: "cheap",
    match: { model: "claude-*", when: "tokens > 1000" },
    use: ["kimi", "claude"],
    policy: "weighted",
    weights: { kimi: 9 },
    prompt_cache: true,
  },
}

describe("a route's form", () => {
  it("keeps what it does not show", () => {
    const body = bodyOf({ ...fieldsOf(stored), name: " thrifty " }, stored)
    expect(body).toMatchObject({ name: "thrifty", prompt_cache: true, policy: "weighted" })
    expect(body.weights).toEqual({ kimi: 9, claude: 1 })
  })

  it("sends a refusal without models", () => {
    const fields = { ...fieldsOf(stored), refuses: true, refuse: "Not at night." }
    expect(bodyOf(fields, stored)).toEqual({ name: "cheap", match: stored.match, refuse: "Not at night." })
  })

  it("names what is missing or wrong", () => {
    expect([...faultsOf(fieldsOf(null), false)]).toEqual(["name", "pattern", "use"])
    expect([...faultsOf({ ...fieldsOf(stored), weights: { kimi: "much" } }, false)]).toEqual(["weights"])
    expect([...faultsOf({ ...fieldsOf(stored), refuses: true }, false)]).toEqual(["refuse"])
    expect([...faultsOf({ ...fieldsOf(stored), use: [] }, true)]).toEqual([])
  })

  it("moves among the stored routes only", () => {
    const file: Route = { ...stored, id: "", source: "file", definition: null }
    const routes = [file, stored, { ...stored, id: "rte_2" }, { ...stored, id: "rte_3" }]
    expect(moved(routes, "rte_2", -1)).toEqual(["rte_2", "rte_1", "rte_3"])
    expect(moved(routes, "rte_3", 1)).toEqual(["rte_1", "rte_2", "rte_3"])
    expect(moved(routes, "rte_1", -1)).toEqual(["rte_1", "rte_2", "rte_3"])
  })
})
