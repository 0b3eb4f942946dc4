import type { ApiKey, Limit } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import {
  alarmsOf,
  amountOf,
  changeOf,
  draftOf,
  faultsOf,
  fieldsOf,
  keyLimitsOf,
  percentsOf,
  subjectsOf,
  usedPercent,
  wrongKeyFields,
} from "./draft"

const limit: Limit = {
  id: "lim_1",
  subject_kind: "key",
  subject_id: "key_1",
  subject_name: "laptop",
  measure: "money",
  window: "month",
  amount: 12_500_000_000,
  burst: null,
  currency: "EUR",
  warn_percents: [80, 100],
  used: 2_500_000_000,
  warned: false,
  resets_at: "2026-12-01T00:00:00Z",
  created_at: "2026-11-01T00:00:00Z",
}

describe("limits", () => {
  it("money is typed in units and sent in nanos, exactly", () => {
    expect(amountOf("12.5", "money")).toBe(12_500_000_000)
    expect(amountOf("0,000000001", "money")).toBe(1)
    expect(amountOf("1 000", "money")).toBe(1_000_000_000_000)
    expect(amountOf("1,000,000", "money")).toBeUndefined()
    expect(amountOf("-1", "money")).toBeUndefined()
    expect(amountOf("9999999", "money")).toBeUndefined()
  })

  it("counts are whole numbers, with or without marks", () => {
    expect(amountOf("2,000,000", "tokens")).toBe(2_000_000)
    expect(amountOf("1.5", "requests")).toBeUndefined()
    expect(amountOf(" ", "requests")).toBeNull()
  })

  it("a limit that is opened and saved stays as it was", () => {
    const fields = fieldsOf(limit)
    expect(fields.amount).toBe("12.5")
    expect(faultsOf(fields).size).toBe(0)
    expect(changeOf(fields)).toEqual({ amount: limit.amount, burst: null, warn_percents: [80, 100] })
    expect(fieldsOf({ ...limit, measure: "tokens", amount: 1000 }).amount).toBe("1000")
    expect(fieldsOf({ ...limit, amount: 100_000_000_000 }).amount).toBe("100")
    expect(fieldsOf({ ...limit, amount: 0 }).amount).toBe("0")
  })

  it("what does not belong to a measure is not sent", () => {
    const fields = { ...fieldsOf(null, "key_1"), measure: "concurrency" as const, amount: "3", burst: "9" }
    expect(draftOf(fields)).toEqual({
      subject_kind: "key",
      subject_id: "key_1",
      measure: "concurrency",
      window: "",
      amount: 3,
      burst: null,
      currency: "",
      warn_percents: [],
    })
  })

  it("says which fields cannot be meant", () => {
    expect([...faultsOf(fieldsOf(null))].sort()).toEqual(["amount", "subject"])
    const rolling = { ...fieldsOf(null, "k"), measure: "requests" as const, window: "minute" as const }
    expect([...faultsOf({ ...rolling, amount: "0", burst: "0" })].sort()).toEqual(["amount", "burst"])
    expect([...faultsOf({ ...fieldsOf(null, "k"), amount: "1", warn: "80, 120" })]).toEqual(["warn"])
  })

  it("thresholds are read however they are separated", () => {
    expect(percentsOf("100%, 50 80、80")).toEqual([50, 80, 100])
    expect(percentsOf("")).toEqual([])
    expect(percentsOf("0")).toBeUndefined()
    expect(percentsOf("1 2 3 4 5 6")).toBeUndefined()
  })

  it("shows how much is used, of the burst where there is one", () => {
    expect(usedPercent(limit)).toBe(20)
    expect(usedPercent({ used: 5, amount: 100, burst: 10 })).toBe(50)
    expect(usedPercent({ used: 500, amount: 100, burst: null })).toBe(100)
    expect(usedPercent({ used: null, amount: 100, burst: null })).toBeNull()
    expect(usedPercent({ used: 0, amount: 0, burst: null })).toBe(100)
  })

  it("offers keys that work, projects once, and people but not machines", () => {
    const key = (id: string, more: Partial<ApiKey>) =>
      ({
        id,
        name: id,
        project: "",
        revoked_at: null,
        created_by: "usr_1",
        created_by_name: "Admin",
        ...more,
      }) as ApiKey
    const all = [
      key("a", { project: "apollo" }),
      key("b", { project: "apollo", revoked_at: "2026-01-01T00:00:00Z" }),
      key("c", { created_by: "", created_by_name: "" }),
    ]
    expect(subjectsOf(all, "key").map((one) => one.id)).toEqual(["a", "c"])
    expect(subjectsOf(all, "project")).toEqual([{ id: "apollo", name: "apollo" }])
    expect(subjectsOf(all, "person")).toEqual([{ id: "usr_1", name: "Admin" }])
    expect(subjectsOf(all, "organization")).toEqual([])
  })
  it("raises an alarm for budgets that are used up or warned of, not for rates that come back", () => {
    const used = (more: Partial<Limit>): Limit => ({ ...limit, ...more })
    expect(alarmsOf([limit])).toEqual({ reached: 0, near: 0 })
    expect(alarmsOf([used({ warned: true })])).toEqual({ reached: 0, near: 1 })
    expect(alarmsOf([used({ used: limit.amount, warned: true })])).toEqual({ reached: 1, near: 0 })
    expect(alarmsOf([used({ used: null, warned: true })])).toEqual({ reached: 0, near: 1 })
    const rate = { measure: "requests", amount: 4, used: 4 } as const
    expect(alarmsOf([used({ ...rate, window: "minute" })])).toEqual({ reached: 0, near: 0 })
    expect(alarmsOf([used({ ...rate, measure: "concurrency", window: "" })])).toEqual({ reached: 0, near: 0 })
  })
  it("makes the limits of a new key from the fields that say something", () => {
    const empty = { budget: "", currency: "USD", perMinute: "", atOnce: "" }
    expect(keyLimitsOf(empty)).toEqual([])
    expect(keyLimitsOf({ ...empty, budget: "12,5", currency: "CNY", atOnce: "3" })).toEqual([
      {
        measure: "money",
        window: "month",
        amount: 12_500_000_000,
        currency: "CNY",
        warn_percents: [80, 100],
      },
      { measure: "concurrency", window: "", amount: 3, currency: "", warn_percents: [] },
    ])
    expect(keyLimitsOf({ ...empty, perMinute: "1,000" })).toEqual([
      { measure: "requests", window: "minute", amount: 1000, currency: "", warn_percents: [] },
    ])
    expect([...wrongKeyFields({ ...empty, budget: "much", perMinute: "0", atOnce: "1.5" })]).toEqual([
      "budget",
      "perMinute",
      "atOnce",
    ])
  })
})
