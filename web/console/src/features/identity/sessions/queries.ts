import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"
import { makePasskey } from "./passkey"

export const sessionsQuery = queryOptions({
  queryKey: keys.sessions,
  queryFn: ({ signal }) => api.sessions.list(signal),
})

/** The organizations one can go to with the same account. */
export const membershipsQuery = queryOptions({
  queryKey: keys.memberships,
  queryFn: async ({ signal }) => (await api.session.memberships(signal)).items,
  staleTime: 5 * 60_000,
})

/** What the sign-in page offers besides passwords: to everybody, to who has an address of a domain, or one provider. */
export const offeredProvidersQuery = (asked: { domain?: string; provider?: string }) =>
  queryOptions({
    queryKey: [...keys.offeredProviders, asked],
    queryFn: ({ signal }) => api.session.providers(asked, signal),
    staleTime: 60_000,
  })

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.sessions })

export function useEndSession() {
  return useMutation({ mutationFn: (sessionId: string) => api.sessions.end(sessionId), onSettled: refresh })
}

export function useEndOtherSessions() {
  return useMutation({ mutationFn: () => api.sessions.endOthers(), onSettled: refresh })
}

export const factorsQuery = queryOptions({
  queryKey: keys.factors,
  queryFn: ({ signal }) => api.factors.list(signal),
})

const refreshFactors = () => queryClient.invalidateQueries({ queryKey: keys.factors })

export function useBeginTotp() {
  return useMutation({ mutationFn: () => api.factors.beginTotp() })
}

export function useConfirmTotp() {
  return useMutation({
    mutationFn: (code: string) => api.factors.confirmTotp(code),
    onSettled: refreshFactors,
  })
}

export function useRemoveTotp() {
  return useMutation({ mutationFn: () => api.factors.removeTotp(), onSettled: refreshFactors })
}

export function useMakeRecoveryCodes() {
  return useMutation({ mutationFn: () => api.factors.makeRecoveryCodes(), onSettled: refreshFactors })
}

export function useAddPasskey() {
  return useMutation({
    mutationFn: async (name: string) =>
      api.factors.addPasskey(name, await makePasskey(await api.factors.passkeyOptions())),
    onSettled: refreshFactors,
  })
}

export function useRemovePasskey() {
  return useMutation({
    mutationFn: (passkeyId: string) => api.factors.removePasskey(passkeyId),
    onSettled: refreshFactors,
  })
}

/** Return what a person would call the program behind a User-Agent, or empty. */
export function browserOf(userAgent: string): string {
  const browser = [
    ["Edg/", "Edge"],
    ["OPR/", "Opera"],
    ["Firefox/", "Firefox"],
    ["Chrome/", "Chrome"],
    ["Safari/", "Safari"],
  ].find(([mark]) => mark && userAgent.includes(mark))?.[1]
  const system = [
    ["Android", "Android"],
    ["iPhone", "iPhone"],
    ["iPad", "iPad"],
    ["Windows", "Windows"],
    ["Mac OS X", "macOS"],
    ["Linux", "Linux"],
  ].find(([mark]) => mark && userAgent.includes(mark))?.[1]
  return [browser, system].filter(Boolean).join(" · ") || userAgent.split(" ")[0] || ""
}
