import type { Role } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { byArea, type Difference, standingOf, turned } from "./draft"

const base = { id: "guest", permissions: ["prices:read"] } as unknown as Role
const none: Difference = { added: [], removed: [] }

describe("a role that is being written", () => {
  it("takes away what it inherits and adds what it does not", () => {
    const without = turned("prices:read", base, none)
    expect(without).toEqual({ added: [], removed: ["prices:read"] })
    expect(standingOf("prices:read", base, without)).toBe("removed")
    const more = turned("usage:read", base, none)
    expect(standingOf("usage:read", base, more)).toBe("added")
  })
  it("is as before when a permission is turned twice", () => {
    for (const permission of ["prices:read", "usage:read"])
      expect(turned(permission, base, turned(permission, base, none))).toEqual(none)
  })
  it("gives a permission itself when the base no longer has what was taken away", () => {
    const removed = { added: [], removed: ["usage:read"] }
    expect(turned("usage:read", base, removed)).toEqual({ added: ["usage:read"], removed: [] })
  })
  it("shows permissions under headings, without empty ones", () => {
    const permissions = [
      { name: "audit:read", summary: "", area: "oversight" },
      { name: "usage:read", summary: "", area: "money" },
    ] as const
    expect(byArea(permissions).map(([area]) => area)).toEqual(["money", "oversight"])
  })
})
