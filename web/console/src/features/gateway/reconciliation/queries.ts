import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { api, keys } from "~/server"

export const reconciliationsQuery = queryOptions({
  queryKey: keys.reconciliations,
  queryFn: async ({ signal }) => (await api.reconciliations.list(signal)).items,
})

export const reconciliationQuery = (provider: string, month: string) =>
  queryOptions({
    queryKey: [...keys.reconciliations, provider, month],
    queryFn: ({ signal }) => api.reconciliations.get(provider, month, signal),
  })

export interface Bill {
  file: File
  provider: string
  month: string
  timeZone: string
  dryRun: boolean
}

/** Compare a bill with the ledger; unless it is a dry run the result is kept. */
export function useReconcile() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (bill: Bill) =>
      api.reconciliations.create(
        {
          provider: bill.provider,
          month: bill.month,
          time_zone: bill.timeZone,
          file_name: bill.file.name.slice(0, 200),
          dry_run: bill.dryRun,
        },
        bill.file,
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.reconciliations }),
  })
}

export const balanceChangesQuery = (month: string) =>
  queryOptions({
    queryKey: [...keys.reconciliations, "balances", month],
    queryFn: async ({ signal }) => (await api.balances.changes(month, signal)).items,
  })
