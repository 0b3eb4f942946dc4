import type { Environment, Flag, FlagChange, FlagDraft, FlagQuestion } from "@powerautomation/api-client"
import { queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const flagsQuery = queryOptions({
  queryKey: keys.flags,
  queryFn: ({ signal }) => api.flags.list(signal),
})

/** The people a flag can belong to, or be tried for; of a large organization the first page. */
export const peopleQuery = queryOptions({
  queryKey: [...keys.people, "of flags"],
  queryFn: ({ signal }) => api.people.list({}, signal),
})

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.flags })

export function useSaveFlag(flag: Flag | null) {
  return useMutation({
    mutationFn: (draft: FlagDraft & FlagChange) => {
      if (!flag) return api.flags.create(draft)
      const { key: _key, kind: _kind, ...change } = draft
      return api.flags.change(flag.key, { ...change, revision: flag.revision })
    },
    onSuccess: refresh,
  })
}

export function useFlip() {
  return useMutation({
    mutationFn: ({ key, environment, isOn }: { key: string; environment: Environment; isOn: boolean }) =>
      api.flags.flip(key, environment, isOn),
    onSettled: refresh,
  })
}

export function useRemoveFlag() {
  return useMutation({ mutationFn: (key: string) => api.flags.remove(key), onSuccess: refresh })
}

export function useEvaluate(key: string) {
  return useMutation({ mutationFn: (question: FlagQuestion) => api.flags.evaluate(key, question) })
}
