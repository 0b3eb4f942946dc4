import type { TenantDraft } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const organizationsQuery = queryOptions({
  queryKey: keys.organizations,
  queryFn: async ({ signal }) => (await api.organizations.list(signal)).items,
})

export const ownQuotasQuery = queryOptions({
  queryKey: [...keys.organizations, "own", "quotas"],
  queryFn: async ({ signal }) => (await api.organizations.ownQuotas(signal)).items,
})

export const quotasQuery = (organizationId: string) =>
  queryOptions({
    queryKey: [...keys.organizations, organizationId, "quotas"],
    queryFn: async ({ signal }) => (await api.organizations.quotas(organizationId, signal)).items,
  })

export function useSetQuotas(organizationId: string) {
  return useMutation({
    mutationFn: (amounts: Record<string, number | null>) =>
      api.organizations.setQuotas(organizationId, amounts),
    onSuccess: refresh,
  })
}

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.organizations })

export function useCreateOrganization() {
  return useMutation({
    mutationFn: (draft: TenantDraft) => api.organizations.create(draft),
    onSuccess: refresh,
  })
}

export type Change = { do: "rename"; name: string } | { do: "suspend" | "resume" | "delete" | "restore" }

export function useChangeOrganization(id: string) {
  return useMutation({
    mutationFn: (change: Change) => {
      switch (change.do) {
        case "rename":
          return api.organizations.rename(id, change.name)
        case "delete":
          return api.organizations.remove(id)
        default:
          return api.organizations.change(id, change.do)
      }
    },
    onSettled: refresh,
  })
}
