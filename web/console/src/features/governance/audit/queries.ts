import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query"
import { api, keys } from "~/server"
import { type AuditSearch, filterOf } from "./filter"

const PAGE_SIZE = 50

export function auditEventsQuery(search: AuditSearch) {
  return infiniteQueryOptions({
    queryKey: [...keys.auditEvents, search],
    queryFn: ({ pageParam, signal }) => api.audit.list(filterOf(search), pageParam, PAGE_SIZE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  })
}

const STREAMS_EVERY_MS = 15_000

export function auditStreamsQuery() {
  return queryOptions({
    queryKey: keys.auditStreams,
    queryFn: ({ signal }) => api.audit.streams(signal),
    refetchInterval: STREAMS_EVERY_MS,
  })
}
