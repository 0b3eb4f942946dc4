import type { RouteBody } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

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

/** The gateway's keys: a dry run may be tried for one of them. */
export const callersQuery = queryOptions({
  queryKey: keys.apiKeys,
  queryFn: async ({ signal }) => (await api.apiKeys.list(signal)).items,
})

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.routing })

/** Make a route, or change the one of this id. */
export function useSaveRoute(routeId: string | undefined) {
  return useMutation({
    mutationFn: (body: RouteBody) => (routeId ? api.routing.change(routeId, body) : api.routing.create(body)),
    onSuccess: refresh,
  })
}

export function useOrderRoutes() {
  return useMutation({ mutationFn: (ids: readonly string[]) => api.routing.order(ids), onSuccess: refresh })
}

export function useRemoveRoute() {
  return useMutation({ mutationFn: (routeId: string) => api.routing.remove(routeId), onSuccess: refresh })
}

/** Make a stored route say again what it said before a change. */
export async function changeRouteBack(routeId: string, body: RouteBody): Promise<void> {
  await api.routing.change(routeId, body)
  await refresh()
}

/** Take a route away that was just made. */
export async function removeRoute(routeId: string): Promise<void> {
  await api.routing.remove(routeId)
  await refresh()
}

export async function restoreRoute(routeId: string): Promise<void> {
  await api.routing.restore(routeId)
  await refresh()
}
