import { describe, expect, it } from "vitest"
import { mayDo, mayOpen, neededFor } from "./access"
import { allActions } from "./actions"
import { navigation } from "./shell/navigation"

const guest = ["organizations:read", "prices:read"]

describe("pages and actions", () => {
  it("are offered to who has their permission", () => {
    expect(mayOpen("/people", ["users:read"])).toBe(true)
    expect(mayOpen("/api-keys", ["api_keys:own"])).toBe(true)
    expect(mayOpen("/requests/req_1", ["requests:read"])).toBe(true)
    expect(mayDo({ id: "people.invite", to: "/people?invite=true" }, ["users:read"])).toBe(false)
    expect(mayDo({ id: "people.invite", to: "/people?invite=true" }, ["users:read", "users:write"])).toBe(
      true,
    )
  })
  it("leave a guest the prices and the own account", () => {
    const shown = allActions(() => {}).filter((action) => action.to && mayDo(action, guest))
    expect(shown.map((action) => action.to?.split("?")[0]).sort()).toEqual([
      "/account",
      "/prices",
      "/sessions",
    ])
  })
  it("of the side bar each name what they need", () => {
    const actions = allActions(() => {})
    for (const id of navigation.flatMap((group) => group.actions)) {
      const to = actions.find((action) => action.id === id)?.to ?? ""
      expect([id, neededFor(to)]).not.toEqual([id, ""])
    }
  })
})
