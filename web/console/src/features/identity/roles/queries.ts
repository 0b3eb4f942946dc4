import type { Role, RoleDraft } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

/** Roles depend on who asks: what one may give or change follows from one's own. */
export const rolesQuery = queryOptions({
  queryKey: keys.roles,
  queryFn: ({ signal }) => api.people.roles(signal),
  staleTime: 5 * 60_000,
})

const refresh = () =>
  Promise.all([keys.roles, keys.people].map((queryKey) => queryClient.invalidateQueries({ queryKey })))

/** Save a new role, or an existing one as it shall be. */
export function useSaveRole(role: Role | null) {
  return useMutation({
    mutationFn: (draft: RoleDraft) =>
      role ? api.roles.change(role.id, { ...draft, base: draft.base ?? "" }) : api.roles.create(draft),
    onSuccess: refresh,
  })
}

export function useRemoveRole(role: Role) {
  return useMutation({
    mutationFn: (moveTo: string | undefined) => api.roles.remove(role.id, moveTo),
    onSettled: refresh,
  })
}
