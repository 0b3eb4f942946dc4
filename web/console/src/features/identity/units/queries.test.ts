import type { Unit } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { branchOf, inOrder } from "./queries"

const unit = (id: string, parent_id = ""): Unit => ({
  id,
  parent_id,
  kind: "team",
  name: id,
  settings: {},
  effective: {},
  people: 0,
})
const units = [unit("a"), unit("b"), unit("c", "a"), unit("d", "c")]

describe("the tree of units", () => {
  it("is read branch by branch", () => {
    expect(inOrder(units).map((node) => [node.unit.id, node.depth])).toEqual([
      ["a", 0],
      ["c", 1],
      ["d", 2],
      ["b", 0],
    ])
  })
  it("shows a unit whose parent is gone at the top", () => {
    expect(inOrder([unit("x", "gone")])[0]?.depth).toBe(0)
  })
  it("knows what is below a unit", () => {
    expect([...branchOf(units, "a")]).toEqual(["a", "c", "d"])
  })
})
