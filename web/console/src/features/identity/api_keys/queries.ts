import type { ApiKey } from "@powerautomation/api-client"
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

export function useCreateKey() {
  return useMutation({
    mutationFn: (body: { name: string; project?: string; expires_at?: string }) => api.apiKeys.create(body),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.apiKeys }),
  })
}

export function useRevokeKey() {
  return useMutation({
    mutationFn: (keyId: string) => api.apiKeys.revoke(keyId),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.apiKeys }),
  })
}
