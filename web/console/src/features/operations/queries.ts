import { queryOptions } from "@tanstack/react-query"
import { api, keys } from "~/server"

export const doctorQuery = queryOptions({
  queryKey: keys.doctor,
  queryFn: async ({ signal }) => (await api.doctor(signal)).checks,
  staleTime: 0,
})

export const settingsQuery = queryOptions({
  queryKey: keys.settings,
  queryFn: async ({ signal }) => (await api.settings(signal)).items,
})

export const systemQuery = queryOptions({
  queryKey: keys.system,
  queryFn: ({ signal }) => api.system(signal),
})
