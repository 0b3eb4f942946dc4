import type { Policy, PolicyChange, PolicyDraft, TryDraft } from "@powerautomation/api-client"
import { keepPreviousData, queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const policiesQuery = queryOptions({
  queryKey: [...keys.policies, "list"],
  queryFn: async ({ signal }) => (await api.policies.list(signal)).items,
})

export const versionsQuery = (policyId: string) =>
  queryOptions({
    queryKey: [...keys.policies, "versions", policyId],
    queryFn: async ({ signal }) => (await api.policies.versions(policyId, signal)).items,
  })

export const tryQuery = (draft: TryDraft) =>
  queryOptions({
    queryKey: [...keys.policies, "try", draft],
    queryFn: ({ signal }) => api.policies.test(draft, signal),
    // What was found stays until the next is known, so that nothing jumps while one types.
    placeholderData: keepPreviousData,
    retry: false,
  })

export const rolesQuery = queryOptions({
  queryKey: keys.roles,
  queryFn: ({ signal }) => api.people.roles(signal),
  staleTime: 5 * 60_000,
})

export const peopleQuery = queryOptions({
  queryKey: [...keys.people, "first-page"],
  queryFn: async ({ signal }) => (await api.people.list({}, signal)).items,
})

/** What one may do may be something else now, too. */
const refresh = () =>
  Promise.all(
    [keys.policies, keys.session, keys.people].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
  )

export function useCreatePolicy() {
  return useMutation({ mutationFn: (draft: PolicyDraft) => api.policies.create(draft), onSuccess: refresh })
}

export function useChangePolicy(policy: Policy | null) {
  return useMutation({
    mutationFn: (change: PolicyChange) => api.policies.change(policy?.id ?? "", change),
    onSuccess: refresh,
  })
}

export function useRemovePolicy(policy: Policy) {
  return useMutation({ mutationFn: () => api.policies.remove(policy.id), onSettled: refresh })
}
