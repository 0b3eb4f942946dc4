import type { SignInProvider, SignInProviderDraft } from "@powerautomation/api-client"
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

/** Return a provider as it is entered, to change a part of it. Its secret stays. */
export function draftOf(provider: SignInProvider): SignInProviderDraft {
  const { name, enabled, rules, default_role, email_domains, creates_people, links_by_email } = provider
  const oidc = provider.oidc ?? { issuer: "", client_id: "", scopes: "" }
  return {
    name,
    enabled,
    rules,
    default_role,
    email_domains,
    creates_people,
    links_by_email,
    oidc: { issuer: oidc.issuer, client_id: oidc.client_id, scopes: oidc.scopes },
  }
}
