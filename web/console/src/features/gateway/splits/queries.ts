import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { api, keys } from "~/server"

export const splitsQuery = queryOptions({
  queryKey: keys.splits,
  queryFn: async ({ signal }) => (await api.splits.list(signal)).items,
})

export const ranges = ["7d", "30d", "90d"] as const
export type Range = (typeof ranges)[number]

export const comparisonQuery = (name: string, range: Range, baseline: string | undefined) =>
  queryOptions({
    queryKey: [...keys.splits, name, range, baseline ?? ""],
    queryFn: ({ signal }) => {
      const now = Date.now()
      const from = new Date(now - Number.parseInt(range, 10) * 86_400_000).toISOString()
      return api.splits.compare(name, { from, to: new Date(now).toISOString(), baseline }, signal)
    },
    placeholderData: keepPreviousData,
  })
