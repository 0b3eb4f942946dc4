import type { PriceFile } from "@powerautomation/api-client"
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { api, keys } from "~/server"

export const pricesQuery = queryOptions({
  queryKey: keys.prices,
  queryFn: async ({ signal }) => (await api.prices.list(signal)).items,
})

export const missingQuery = queryOptions({
  queryKey: [...keys.prices, "missing"],
  queryFn: async ({ signal }) => (await api.prices.missing(signal)).items,
})

/** Import a price file, or learn what it would change when it is a dry run. */
export function useImportPrices() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (file: PriceFile) => api.prices.import(file),
    onSuccess: (done) => {
      if (!done.dry_run) void client.invalidateQueries({ queryKey: keys.prices })
    },
  })
}
