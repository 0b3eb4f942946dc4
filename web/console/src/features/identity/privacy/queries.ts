import type { ConsentTextDraft } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const textsQuery = queryOptions({
  queryKey: [...keys.privacy, "texts"],
  queryFn: async ({ signal }) => (await api.privacy.texts(signal)).items,
})

export const consentsQuery = queryOptions({
  queryKey: [...keys.privacy, "consents"],
  queryFn: ({ signal }) => api.privacy.consents(signal),
})

export const requestsQuery = queryOptions({
  queryKey: [...keys.privacy, "requests"],
  queryFn: async ({ signal }) => (await api.privacy.requests(signal)).items,
})

export const retentionQuery = queryOptions({
  queryKey: [...keys.privacy, "retention"],
  queryFn: async ({ signal }) => (await api.privacy.retention(signal)).items,
})

/** What one is to agree to: asked once for each load of the console, and after each answer. */
export const ownConsentQuery = queryOptions({
  queryKey: [...keys.privacy, "own"],
  queryFn: ({ signal }) => api.privacy.own(signal),
  staleTime: Number.POSITIVE_INFINITY,
})

export const ownRequestQuery = queryOptions({
  queryKey: [...keys.privacy, "own-request"],
  queryFn: async ({ signal }) => (await api.privacy.ownRequest(signal)).request,
})

export const rolesQuery = queryOptions({
  queryKey: keys.roles,
  queryFn: ({ signal }) => api.people.roles(signal),
  staleTime: 5 * 60_000,
})

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.privacy })

export function useSetText() {
  return useMutation({
    mutationFn: (body: ConsentTextDraft) => api.privacy.setText(body),
    onSuccess: refresh,
  })
}

export function useAgree() {
  return useMutation({ mutationFn: (version: number) => api.privacy.agree(version), onSettled: refresh })
}

export function useTakeBack() {
  return useMutation({ mutationFn: () => api.privacy.takeBack(), onSuccess: refresh })
}

export function useAskErasure() {
  return useMutation({ mutationFn: (words: string) => api.privacy.ask(words), onSuccess: refresh })
}

export function useWithdrawRequest() {
  return useMutation({ mutationFn: () => api.privacy.withdrawRequest(), onSettled: refresh })
}

export function useAnswerRequest(userId: string) {
  return useMutation({
    mutationFn: async (answer: { erase: true } | { reason: string }) =>
      void ("erase" in answer
        ? await api.people.erase(userId)
        : await api.privacy.refuse(userId, answer.reason)),
    onSuccess: () => Promise.all([refresh(), queryClient.invalidateQueries({ queryKey: keys.people })]),
  })
}
