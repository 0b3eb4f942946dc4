import type { ApiKey, LimitedKeyBody, ShareDraft } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const apiKeysQuery = queryOptions({
  queryKey: keys.apiKeys,
  queryFn: async ({ signal }) => (await api.apiKeys.list(signal)).items,
})

export const connectQuery = queryOptions({
  queryKey: keys.connect,
  queryFn: ({ signal }) => api.connect(signal),
})

export type KeyState = "active" | "expired" | "revoked"

/** Return whether a key still opens the gateway at `now` (ms since the epoch). */
export function stateOf(key: ApiKey, now: number): KeyState {
  if (key.revoked_at) return "revoked"
  return key.expires_at && Date.parse(key.expires_at) <= now ? "expired" : "active"
}

export interface NewKey {
  name: string
  project?: string
  expires_at?: string | undefined
  scopes?: readonly string[]
  limits?: LimitedKeyBody["limits"]
}

export function useCreateKey() {
  return useMutation({
    // With limits in one step: such a key never works without them.
    mutationFn: ({ limits = [], ...body }: NewKey) =>
      limits.length > 0 ? api.limits.createKey({ ...body, limits }) : api.apiKeys.create(body),
    onSuccess: () =>
      Promise.all([keys.apiKeys, keys.limits].map((queryKey) => queryClient.invalidateQueries({ queryKey }))),
  })
}

export function useRotateKey() {
  return useMutation({
    mutationFn: ({ keyId, overlapSeconds }: { keyId: string; overlapSeconds: number }) =>
      api.apiKeys.rotate(keyId, overlapSeconds),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.apiKeys }),
  })
}

export function useRevokeKey() {
  return useMutation({
    mutationFn: (keyId: string) => api.apiKeys.revoke(keyId),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.apiKeys }),
  })
}

export const rolesQuery = queryOptions({
  queryKey: keys.roles,
  queryFn: ({ signal }) => api.people.roles(signal),
  staleTime: 5 * 60_000,
})

export const sharesQuery = (keyId: string) =>
  queryOptions({
    queryKey: [...keys.shares, keyId],
    queryFn: async ({ signal }) => (await api.apiKeys.shares(keyId, signal)).items,
  })

const refreshShares = () => queryClient.invalidateQueries({ queryKey: keys.shares })

export function useShare(keyId: string) {
  return useMutation({
    mutationFn: (draft: ShareDraft) => api.apiKeys.share(keyId, draft),
    onSuccess: refreshShares,
  })
}

export function useUnshare(keyId: string) {
  return useMutation({
    mutationFn: (shareId: string) => api.apiKeys.unshare(keyId, shareId),
    onSettled: refreshShares,
  })
}

export const unitsQuery = queryOptions({
  queryKey: keys.units,
  queryFn: async ({ signal }) => (await api.units.list(signal)).items,
})
