import type { ExplorationQuery, RequestFilter, UsageGrouping } from "@powerautomation/api-client"
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query"
import { api, keys } from "~/server"
import type { Period } from "./period"

const PAGE_SIZE = 50

export function usageQuery(period: Period, group_by: UsageGrouping) {
  const { from, to, bucket, utc_offset_minutes } = period
  return queryOptions({
    queryKey: [...keys.usage, from, to, bucket, group_by, utc_offset_minutes],
    queryFn: ({ signal }) => api.usage({ from, to, bucket, group_by, utc_offset_minutes }, signal),
    placeholderData: keepPreviousData,
  })
}

export function explorationQuery(query: ExplorationQuery) {
  return queryOptions({
    queryKey: [...keys.usage, "explore", query],
    queryFn: ({ signal }) => api.exploration(query, signal),
    placeholderData: keepPreviousData,
  })
}

export function requestsQuery(filter: RequestFilter) {
  return infiniteQueryOptions({
    queryKey: [...keys.requests, filter],
    queryFn: ({ pageParam, signal }) => api.requests.list(filter, pageParam, PAGE_SIZE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 5_000,
  })
}

/** The newest requests of a period, one page of them. */
export function newestQuery(filter: RequestFilter) {
  return queryOptions({
    queryKey: [...keys.usage, "newest", filter],
    queryFn: ({ signal }) => api.requests.list(filter, null, PAGE_SIZE, signal),
    placeholderData: keepPreviousData,
  })
}

export function requestQuery(requestId: string) {
  return queryOptions({
    queryKey: [...keys.requestDetail, requestId],
    queryFn: ({ signal }) => api.requests.get(requestId, signal),
    // What has been written into the ledger does not change any more.
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** The names of keys, for filters and breakdowns that carry only their id. */
export const keyNamesQuery = queryOptions({
  queryKey: keys.apiKeys,
  queryFn: async ({ signal }) => (await api.apiKeys.list(signal)).items,
})
