import type { BalanceThreshold, Provider, ProviderChange, ProviderDraft } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const providersQuery = queryOptions({
  queryKey: keys.providers,
  queryFn: async ({ signal }) => (await api.providers.list(signal)).items,
  // Health changes without an event.
  refetchInterval: 10_000,
})

export const balancesQuery = queryOptions({
  queryKey: [...keys.providers, "balances"],
  queryFn: async ({ signal }) => (await api.balances.list(signal)).items,
  staleTime: 60_000,
})

/** Ask a provider for its balance now. */
export function useAskBalance(provider: string) {
  return useMutation({
    mutationFn: () => api.balances.ask(provider),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: balancesQuery.queryKey }),
  })
}

/** Say below what a provider's balance is low. */
export function useSetThreshold(provider: string) {
  return useMutation({
    mutationFn: (threshold: BalanceThreshold) => api.balances.setThreshold(provider, threshold),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: balancesQuery.queryKey }),
  })
}

export const deletedProvidersQuery = queryOptions({
  queryKey: [...keys.providers, "deleted"],
  queryFn: async ({ signal }) => (await api.providers.deleted(signal)).items,
})

export const presetsQuery = queryOptions({
  queryKey: keys.presets,
  queryFn: async ({ signal }) => (await api.providers.presets(signal)).items,
  staleTime: Number.POSITIVE_INFINITY,
})

async function refresh() {
  await Promise.all(
    [keys.providers, keys.routing, keys.system].map((queryKey) =>
      queryClient.invalidateQueries({ queryKey }),
    ),
  )
}

export function useCreateProvider() {
  return useMutation({
    mutationFn: (draft: ProviderDraft) => api.providers.create(draft),
    onSuccess: refresh,
  })
}

export function useChangeProvider(providerId: string) {
  return useMutation({
    mutationFn: (change: ProviderChange) => api.providers.change(providerId, change),
    onSuccess: refresh,
  })
}

/** Removes at once; the answer of `restoreProvider` brings it back. */
export function useRemoveProvider() {
  return useMutation({
    mutationFn: (provider: Provider) => api.providers.remove(provider.id),
    onSuccess: refresh,
  })
}

export function useRestoreProvider() {
  return useMutation({ mutationFn: restoreProvider })
}

export async function restoreProvider(providerId: string): Promise<void> {
  await api.providers.restore(providerId)
  await refresh()
}
