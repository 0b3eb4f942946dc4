import type { Flag } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { draftOf, formOf, isComplete, typedValue } from "./draft"

const flag: Flag = {
  key: "checkout",
  description: "",
  kind: "string",
  variants: { old: "v1", new: "v2" },
  off_variant: "old",
  salt: "s",
  owner_id: "usr_1",
  owner_name: "Ada",
  expires_on: null,
  expired: false,
  shared: false,
  built_in: false,
  revision: 3,
  updated_at: null,
  environments: {
    development: { is_on: true, variant: "new", rules: [] },
    staging: { is_on: false, variant: "old", rules: [] },
    production: {
      is_on: true,
      variant: "old",
      rules: [
        { when: { person: ["ada@example.org", "usr_2"] }, variant: "new" },
        { when: {}, shares: [{ variant: "new", percent: 12.5 }] },
      ],
    },
  },
}

describe("a flag in the editor", () => {
  it("is sent as it came when nothing is changed", () => {
    const sent = draftOf(formOf(flag, "usr_1"))
    expect(sent.variants).toEqual(flag.variants)
    expect(sent.environments).toEqual(flag.environments)
    expect(sent.expires_on).toBeNull()
  })
  it("begins as one that is off for everybody, and needs a key", () => {
    const form = formOf(null, "usr_1")
    expect(isComplete(form)).toBe(false)
    expect(isComplete({ ...form, key: "new-page" })).toBe(true)
    expect(draftOf({ ...form, key: "new-page" }).variants).toEqual({ on: true, off: false })
  })
  it("is not saved with a variant that is gone or a value of another kind", () => {
    const form = { ...formOf(null, "usr_1"), key: "a" }
    expect(isComplete({ ...form, offVariant: "gone" })).toBe(false)
    expect(isComplete({ ...form, variants: [...form.variants, { name: "x", value: "5" }] })).toBe(false)
    expect(typedValue("object", "[1]")).toBeUndefined()
    expect(typedValue("object", '{"a": 1}')).toEqual({ a: 1 })
    expect(typedValue("number", "1.5")).toBe(1.5)
    expect(typedValue("string", "1.5")).toBe("1.5")
  })
})
