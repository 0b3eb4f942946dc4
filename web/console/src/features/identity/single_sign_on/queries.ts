import type { SignInPolicyDraft, SignInProvider, SignInProviderDraft } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const providersQuery = queryOptions({
  queryKey: keys.signInProviders,
  queryFn: ({ signal }) => api.signInProviders.list(signal),
})

export const testQuery = (testId: string) =>
  queryOptions({
    queryKey: [...keys.signInProviders, "test", testId],
    queryFn: ({ signal }) => api.signInProviders.testReport(testId, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const rolesQuery = queryOptions({
  queryKey: keys.roles,
  queryFn: ({ signal }) => api.people.roles(signal),
  staleTime: 5 * 60_000,
})

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.signInProviders })

/** Add a provider, or replace what a known one says. */
export function useSaveProvider(known: SignInProvider | null) {
  return useMutation({
    mutationFn: (draft: SignInProviderDraft) =>
      known ? api.signInProviders.update(known.id, draft) : api.signInProviders.create(draft),
    onSuccess: refresh,
  })
}

export function useRemoveProvider() {
  return useMutation({ mutationFn: (id: string) => api.signInProviders.remove(id), onSettled: refresh })
}

/** Leave the console for the provider; the browser comes back with the report. */
export function useTestProvider() {
  return useMutation({
    mutationFn: (id: string) => api.signInProviders.test(id),
    onSuccess: ({ url }) => location.assign(url),
  })
}

/** Try a name and a password at a directory. Neither is kept. */
export function useTestPassword(providerId: string) {
  return useMutation({
    mutationFn: (by: { username: string; password: string }) =>
      api.signInProviders.testPassword(providerId, by.username, by.password),
    gcTime: 0,
  })
}

export const policyQuery = queryOptions({
  queryKey: [...keys.signInProviders, "policy"],
  queryFn: ({ signal }) => api.signInProviders.policy(signal),
})

/** Switch signing in with passwords on or off. */
export function useSetPolicy() {
  return useMutation({
    mutationFn: (draft: SignInPolicyDraft) => api.signInProviders.setPolicy(draft),
    onSuccess: refresh,
  })
}

export const domainsQuery = queryOptions({
  queryKey: keys.emailDomains,
  queryFn: async ({ signal }) => (await api.emailDomains.list(signal)).items,
})

const refreshDomains = () => queryClient.invalidateQueries({ queryKey: keys.emailDomains })

export function useAddDomain() {
  return useMutation({
    mutationFn: (domain: string) => api.emailDomains.add(domain),
    onSuccess: refreshDomains,
  })
}

/** Look for the proof; also a check that fails may have ended one. */
export function useCheckDomain() {
  return useMutation({ mutationFn: (id: string) => api.emailDomains.check(id), onSettled: refreshDomains })
}

export function useRemoveDomain() {
  return useMutation({ mutationFn: (id: string) => api.emailDomains.remove(id), onSettled: refreshDomains })
}

export const scimStateQuery = queryOptions({
  queryKey: [...keys.scim, "state"],
  queryFn: ({ signal }) => api.scim.state(signal),
})

export const scimGroupsQuery = queryOptions({
  queryKey: [...keys.scim, "groups"],
  queryFn: async ({ signal }) => (await api.scim.groups(signal)).items,
})

export const unitsQuery = queryOptions({
  queryKey: keys.units,
  queryFn: async ({ signal }) => (await api.units.list(signal)).items,
})

const refreshScim = () => queryClient.invalidateQueries({ queryKey: keys.scim })

/** Make the key of SCIM (`gives`: the role up to which it may give), or give the known one another secret (null). */
export function useMakeScimKey() {
  return useMutation({
    mutationFn: (gives: string | null) => api.scim.makeKey(gives),
    onSuccess: refreshScim,
    gcTime: 0,
  })
}

/** Put the people of a group into a unit, or into none. */
export function useBindGroup() {
  return useMutation({
    mutationFn: (by: { groupId: string; unitId: string }) => api.scim.bind(by.groupId, by.unitId),
    onSuccess: refreshScim,
  })
}
