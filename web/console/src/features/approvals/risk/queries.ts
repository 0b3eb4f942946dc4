import type { ApprovalRulesDraft, ApprovalTryDraft } from "@powerautomation/api-client"
import { keepPreviousData, queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

export const rulesQuery = queryOptions({
  queryKey: [...keys.approvalRules, "all"],
  queryFn: ({ signal }) => api.approvalRules.get(signal),
})

export const tryQuery = (draft: ApprovalTryDraft) =>
  queryOptions({
    queryKey: [...keys.approvalRules, "try", draft],
    queryFn: ({ signal }) => api.approvalRules.test(draft, signal),
    // What was found stays until the next is known, so that nothing jumps while one types.
    placeholderData: keepPreviousData,
    retry: false,
  })

export function useSaveRules() {
  return useMutation({
    mutationFn: (draft: ApprovalRulesDraft & { revision: number }) => api.approvalRules.put(draft),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.approvalRules }),
  })
}
