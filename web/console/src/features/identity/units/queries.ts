import type { Unit, UnitChange, UnitDraft, UnitMembership } from "@powerautomation/api-client"
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

export const membersQuery = (unitId: string) =>
  queryOptions({
    queryKey: [...keys.units, unitId, "people"],
    queryFn: async ({ signal }) => (await api.units.people(unitId, signal)).items,
  })

/** People whose name or e-mail address has some letters in it, the first of them. */
export const candidatesQuery = (search: string) =>
  queryOptions({
    queryKey: [...keys.people, "candidates", search],
    queryFn: async ({ signal }) => (await api.people.list({ search }, signal)).items,
  })

export type MemberChange =
  | ({ do: "put"; unitId: string; userId: string } & UnitMembership)
  | { do: "move"; unitId: string; userId: string; from: string }
  | { do: "remove"; unitId: string; userId: string }

export function useChangeMember() {
  return useMutation({
    mutationFn: async (change: MemberChange) => {
      if (change.do === "remove") return api.units.removePerson(change.unitId, change.userId)
      const body =
        change.do === "put"
          ? { is_primary: change.is_primary, manages: change.manages }
          : { is_primary: true }
      await api.units.putPerson(change.unitId, change.userId, body)
      // Last: whoever is interrupted here is in both units, and in none never.
      if (change.do === "move") await api.units.removePerson(change.from, change.userId)
    },
    onSettled: refresh,
  })
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
