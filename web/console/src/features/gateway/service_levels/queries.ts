import type { PromiseDraft, ServicePeriod } from "@powerautomation/api-client"
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const levelsQuery = (period: ServicePeriod) =>
  queryOptions({
    queryKey: [...keys.serviceLevels, period],
    queryFn: async ({ signal }) => (await api.serviceLevels.list(period, signal)).items,
    refetchInterval: 60_000,
  })

export const breachesQuery = queryOptions({
  queryKey: [...keys.serviceLevels, "breaches"],
  queryFn: async ({ signal }) => (await api.serviceLevels.breaches(signal)).items,
})

export const creditsQuery = queryOptions({
  queryKey: [...keys.serviceLevels, "credits"],
  queryFn: async ({ signal }) => (await api.serviceLevels.credits(signal)).items,
})

/** Note a provider's promise; null forgets it. */
export function usePutPromise(provider: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (promise: PromiseDraft | null) =>
      promise ? api.serviceLevels.putPromise(provider, promise) : api.serviceLevels.deletePromise(provider),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.serviceLevels }),
  })
}

/** Note a promise again that has just been forgotten. */
export async function restorePromise(provider: string, promise: PromiseDraft): Promise<void> {
  await api.serviceLevels.putPromise(provider, promise)
  await queryClient.invalidateQueries({ queryKey: keys.serviceLevels })
}
