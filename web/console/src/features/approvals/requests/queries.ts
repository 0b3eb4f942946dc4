import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"
import { type ApprovalSearch, filterOf } from "./search"

const PAGE_SIZE = 50
/** As many are counted; more are "100+". */
export const MOST_WAITING = 100

/** The requests that wait for an answer, newest first. */
export const waitingQuery = queryOptions({
  queryKey: [...keys.approvals, "waiting"],
  queryFn: ({ signal }) => api.approvals.list({ state: ["pending"] }, null, MOST_WAITING, signal),
  placeholderData: keepPreviousData,
})

/** Ended requests, or all. */
export const listQuery = (search: ApprovalSearch) =>
  infiniteQueryOptions({
    queryKey: [...keys.approvals, "list", search],
    queryFn: ({ pageParam, signal }) => api.approvals.list(filterOf(search), pageParam, PAGE_SIZE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  })

export const approvalQuery = (approvalId: string) =>
  queryOptions({
    queryKey: [...keys.approvals, "one", approvalId],
    queryFn: ({ signal }) => api.approvals.get(approvalId, signal),
  })

export const automaticQuery = queryOptions({
  queryKey: [...keys.approvals, "automatic"],
  queryFn: ({ signal }) => api.approvals.automatic(signal),
})

export const memoriesQuery = queryOptions({
  queryKey: [...keys.approvals, "memories"],
  queryFn: async ({ signal }) => (await api.approvals.memories(signal)).items,
})

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.approvals })

export function useSwitchAutomatic() {
  return useMutation({
    mutationFn: (automatic: boolean) => api.approvals.setAutomatic(automatic),
    onSuccess: (answer) => queryClient.setQueryData(automaticQuery.queryKey, answer),
    onSettled: refresh,
  })
}

export function useForget() {
  return useMutation({ mutationFn: (memoryId: string) => api.approvals.forget(memoryId), onSettled: refresh })
}
