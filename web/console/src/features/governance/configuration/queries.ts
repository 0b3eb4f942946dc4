import type { ApprovalPolicy, ConfigurationVersion } from "@powerautomation/api-client"
import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query"
import { api, keys, queryClient } from "~/server"

const PAGE_SIZE = 50

export const versionsQuery = (search: { kind?: string; author?: string }) =>
  infiniteQueryOptions({
    queryKey: [...keys.configuration, "versions", search],
    queryFn: ({ pageParam, signal }) =>
      api.configuration.versions(
        { kind: search.kind, author_id: search.author },
        pageParam,
        PAGE_SIZE,
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  })

export const versionQuery = (version: ConfigurationVersion) =>
  queryOptions({
    queryKey: [...keys.configuration, "version", version.id],
    queryFn: ({ signal }) => api.configuration.version(version, signal),
  })

export const proposalsQuery = queryOptions({
  queryKey: [...keys.configuration, "proposals"],
  queryFn: ({ signal }) => api.configuration.proposals(signal),
})

export const policyQuery = queryOptions({
  queryKey: [...keys.configuration, "policy"],
  queryFn: ({ signal }) => api.configuration.policy(signal),
})

/** A setting may be of any page: everything is read again. */
const refresh = () => queryClient.invalidateQueries()

export function useRestore() {
  return useMutation({
    mutationFn: ({ version, reason }: { version: ConfigurationVersion; reason: string }) =>
      api.configuration.restore(version, reason),
    onSettled: refresh,
  })
}

export function useDecide() {
  return useMutation({
    mutationFn: ({ id, verb }: { id: string; verb: "approve" | "reject" | "withdraw" }) =>
      verb === "withdraw" ? api.configuration.withdraw(id) : api.configuration.decide(id, verb, ""),
    onSettled: refresh,
  })
}

export function useSetPolicy() {
  return useMutation({
    mutationFn: (policy: ApprovalPolicy) => api.configuration.setPolicy(policy),
    onSettled: refresh,
  })
}
