import type { RatingDraft } from "@powerautomation/api-client"
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { api, keys } from "~/server"

export const ratingsQuery = (requestId: string) =>
  queryOptions({
    queryKey: [...keys.ratings, requestId],
    queryFn: async ({ signal }) => (await api.ratings.list(requestId, signal)).items,
  })

/** Give one's rating, or take it back with null. */
export function useRate(requestId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (draft: RatingDraft | null) => {
      if (draft) await api.ratings.give(requestId, draft)
      else await api.ratings.withdraw(requestId)
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [...keys.ratings, requestId] })
      void client.invalidateQueries({ queryKey: keys.splits })
    },
  })
}
