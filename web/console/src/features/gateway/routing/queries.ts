import { queryOptions } from "@tanstack/react-query"
import { api, keys } from "~/server"

export const routingQuery = queryOptions({
  queryKey: keys.routing,
  queryFn: ({ signal }) => api.routing.table(signal),
})

/** Health and prices of the deployments stand with their provider. */
export const providersQuery = queryOptions({
  queryKey: keys.providers,
  queryFn: async ({ signal }) => (await api.providers.list(signal)).items,
  refetchInterval: 10_000,
})
