import type { Route } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { bodyOf, faultsOf, fieldsOf, moved, placeOf } from "./draft"
import { withArm } from "./extras"

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

const everything: Route = {
  ...stored,
  definition: {
    name: "cheap",
    match: { model: "claude-*", when: "tokens > 1000" },
    use: ["kimi", "claude"],
    policy: "weighted",
    weights: { kimi: 9, "spare/kimi-k2.6": 0.5 },
    split: {
      name: "trial",
      by: "person",
      arms: [{ name: "a" }, { name: "b", weight: 3, use: ["kimi"], policy: "value" }],
    },
    cache: { semantic: true, similarity: 0.85, max_age_seconds: 5400, max_answer_bytes: 1500, tomorrow: 1 },
    guardrails: {
      secrets: "refuse",
      kinds: { email: "ignore" },
      injection: "record",
      injection_threshold: 0.4,
    },
    prompt_cache: true,
    continue_streams: true,
    not_known_here: { a: 1 },
  },
}

describe("a route's form", () => {
  it("loses nothing of what a stored route says", () => {
    const body = bodyOf(fieldsOf(everything), everything)
    expect(body).toMatchObject({
      ...everything.definition,
      split: {
        name: "trial",
        by: "person",
        arms: [
          { name: "a", weight: 1, use: [], policy: null },
          { name: "b", weight: 3, use: ["kimi"], policy: "value" },
        ],
      },
      weights: { kimi: 9, claude: 1, "spare/kimi-k2.6": 0.5 },
    })
    expect(faultsOf(fieldsOf(everything))).toEqual(new Set())
  })

  it("loses nothing it does not show when a route begins to refuse", () => {
    const body = bodyOf({ ...fieldsOf(everything), refuses: true, refuse: "Not at night." }, everything)
    expect(body).toMatchObject({ refuse: "Not at night.", use: [], split: null, not_known_here: { a: 1 } })
    expect(body.guardrails).toEqual(everything.definition?.guardrails)
    expect(body.cache).toEqual(everything.definition?.cache)
  })

  it("turns parts off and on", () => {
    const fields = fieldsOf(everything)
    const off = bodyOf(
      {
        ...fields,
        experiment: { ...fields.experiment, on: false },
        cache: { ...fields.cache, on: false },
        guardrails: { ...fields.guardrails, on: false },
      },
      everything,
    )
    expect([off.split, off.cache, off.guardrails]).toEqual([null, null, null])
    const fresh = { ...fieldsOf(null), name: "n", pattern: "m", use: ["kimi"] }
    expect(bodyOf({ ...fresh, cache: { ...fresh.cache, on: true } }, null).cache).toEqual({
      max_age_seconds: 3600,
      max_temperature: 0,
      max_answer_bytes: 262_144,
      semantic: false,
      similarity: 0.9,
      tools: false,
      images: false,
      per_key: false,
    })
    expect(bodyOf({ ...fresh, guardrails: { ...fresh.guardrails, on: true } }, null).guardrails).toEqual({
      secrets: "mask",
      personal_data: null,
      kinds: {},
      injection: null,
      injection_threshold: 0.7,
    })
  })

  it("shows how long answers are kept in the largest unit that fits", () => {
    expect(fieldsOf(everything).cache).toMatchObject({ age: "90", unit: "minutes" })
    expect(fieldsOf(null).cache).toMatchObject({ age: "1", unit: "hours" })
  })

  it("names what is missing or wrong as the server does", () => {
    const fields = fieldsOf(everything)
    expect([...faultsOf(fieldsOf(null))]).toEqual(["name", "match.model", "use"])
    expect([...faultsOf({ ...fields, weights: { kimi: "much" } })]).toEqual(["weights.kimi"])
    expect([...faultsOf({ ...fields, refuses: true })]).toEqual(["refuse"])
    const arms = fields.experiment.arms.map((arm) => ({ ...arm, name: "same", weight: "0" }))
    expect([
      ...faultsOf({ ...fields, use: [], experiment: { ...fields.experiment, name: " ", arms } }),
    ]).toEqual([
      "split.name",
      "split.arms.0.weight",
      "split.arms.0.use",
      "split.arms.1.name",
      "split.arms.1.weight",
    ])
    const cache = { ...fields.cache, age: "0", maxTemperature: "3", kilobytes: "x", similarity: "0,4" }
    expect([...faultsOf({ ...fields, cache })]).toEqual([
      "cache.max_age_seconds",
      "cache.max_temperature",
      "cache.max_answer_bytes",
      "cache.similarity",
    ])
    const nothing = { ...fields.guardrails, secrets: "", injection: "" } as const
    expect([...faultsOf({ ...fields, guardrails: nothing })]).toEqual(["guardrails"])
    expect([...faultsOf({ ...fields, guardrails: { ...fields.guardrails, threshold: "2" } })]).toEqual([
      "guardrails.injection_threshold",
    ])
  })

  it("names a new arm by the first free letter", () => {
    expect(withArm(fieldsOf(null).experiment).arms.map((arm) => [arm.id, arm.name])).toEqual([
      [0, "a"],
      [1, "b"],
      [2, "c"],
    ])
  })

  it("reads where a condition is wrong", () => {
    expect(placeOf("2:6: undeclared reference to 'tokns'")).toEqual({
      line: 2,
      column: 6,
      reason: "undeclared reference to 'tokns'",
    })
    expect(placeOf("The condition is longer than 2000 characters.")).toBeNull()
  })

  it("moves among the stored routes only", () => {
    const file: Route = { ...stored, id: "", source: "file", definition: null }
    const routes = [file, stored, { ...stored, id: "rte_2" }, { ...stored, id: "rte_3" }]
    expect(moved(routes, "rte_2", -1)).toEqual(["rte_2", "rte_1", "rte_3"])
    expect(moved(routes, "rte_3", 1)).toEqual(["rte_1", "rte_2", "rte_3"])
    expect(moved(routes, "rte_1", -1)).toEqual(["rte_1", "rte_2", "rte_3"])
  })
})
