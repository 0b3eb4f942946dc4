import type { LimitChange, LimitDraft } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const limitsQuery = queryOptions({
  queryKey: keys.limits,
  queryFn: ({ signal }) => api.limits.list(signal),
  // What is used sinks with time too, not only with requests.
  refetchInterval: 10_000,
})

/** The gateway's keys: a limit may be for one of them, for their projects, or for who made them. */
export const subjectsQuery = queryOptions({
  queryKey: keys.apiKeys,
  queryFn: async ({ signal }) => (await api.apiKeys.list(signal)).items,
})

export const unitsQuery = queryOptions({
  queryKey: keys.units,
  queryFn: async ({ signal }) => (await api.units.list(signal)).items,
})

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.limits })

export function useCreateLimit() {
  return useMutation({ mutationFn: (draft: LimitDraft) => api.limits.create(draft), onSuccess: refresh })
}

export function useChangeLimit(limitId: string) {
  return useMutation({
    mutationFn: (change: LimitChange) => api.limits.change(limitId, change),
    onSuccess: refresh,
  })
}

export function useRemoveLimit() {
  return useMutation({ mutationFn: (limitId: string) => api.limits.remove(limitId), onSuccess: refresh })
}

export async function restoreLimit(limitId: string): Promise<void> {
  await api.limits.restore(limitId)
  await refresh()
}
