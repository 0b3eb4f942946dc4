import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { api, keys } from "~/server"
import { daysOf } from "./days"

export const ranges = ["7d", "30d", "90d"] as const
export type Range = (typeof ranges)[number]

export const cacheQuery = (range: Range, now: number) => {
  const days = daysOf(Number.parseInt(range, 10), now)
  const query = { from: days.from, to: days.to, utc_offset_minutes: days.utcOffsetMinutes }
  return queryOptions({
    queryKey: [...keys.answerCache, range, days.from],
    queryFn: ({ signal }) => api.answerCache.report(query, signal),
    placeholderData: keepPreviousData,
  })
}

export function useEmptyCache() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api.answerCache.empty(),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.answerCache }),
  })
}
