import { queryOptions } from "@tanstack/react-query"
import { api, keys } from "~/server"

export const doctorQuery = queryOptions({
  queryKey: keys.doctor,
  queryFn: async ({ signal }) => (await api.doctor(signal)).checks,
  // Examining takes seconds and reaches out to the providers: not again just because a window came to the front.
  staleTime: 60_000,
  refetchOnWindowFocus: false,
})

export const settingsQuery = queryOptions({
  queryKey: keys.settings,
  queryFn: async ({ signal }) => (await api.settings(signal)).items,
})

export const encryptionQuery = queryOptions({
  queryKey: keys.encryption,
  queryFn: ({ signal }) => api.encryption(signal),
  // While a key is being replaced, its progress is looked at again.
  refetchInterval: (query) => (query.state.data?.rotating ? 3_000 : false),
})

export const systemQuery = queryOptions({
  queryKey: keys.system,
  queryFn: ({ signal }) => api.system(signal),
})
