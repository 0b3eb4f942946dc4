import type { Unit, UnitChange, UnitDraft } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const unitsQuery = queryOptions({
  queryKey: keys.units,
  queryFn: async ({ signal }) => (await api.units.list(signal)).items,
})

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.units })

/** Save a new unit, or an existing one as it shall be. */
export function useSaveUnit(unit: Unit | null) {
  return useMutation({
    mutationFn: (draft: UnitDraft & UnitChange) =>
      unit ? api.units.change(unit.id, draft) : api.units.create(draft),
    onSuccess: refresh,
  })
}

export function useArchiveUnit() {
  return useMutation({ mutationFn: (unitId: string) => api.units.archive(unitId), onSettled: refresh })
}

export interface Node {
  unit: Unit
  depth: number
}

/** Return the units as a tree is read, each below its parent. A unit whose parent is gone stands at the top. */
export function inOrder(units: readonly Unit[]): Node[] {
  const known = new Set(units.map((unit) => unit.id))
  const below = new Map<string, Unit[]>()
  for (const unit of units) {
    const parent = known.has(unit.parent_id) ? unit.parent_id : ""
    below.set(parent, [...(below.get(parent) ?? []), unit])
  }
  const walk = (parent: string, depth: number): Node[] =>
    (below.get(parent) ?? []).flatMap((unit) => [{ unit, depth }, ...walk(unit.id, depth + 1)])
  return walk("", 0)
}

/** Return the ids of a unit and of everything below it: where it cannot be moved to. */
export function branchOf(units: readonly Unit[], unitId: string): Set<string> {
  const branch = new Set([unitId])
  for (const { unit } of inOrder(units)) if (branch.has(unit.parent_id)) branch.add(unit.id)
  return branch
}
