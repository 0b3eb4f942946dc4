import type { Person, PersonChange, PersonDraft, PersonState, Supposed } from "@powerautomation/api-client"
import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query"
import { api, basePath, keys, queryClient } from "~/server"

export interface PeopleFilter {
  search?: string
  state?: PersonState
  role?: string
}

export const peopleQuery = (filter: PeopleFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.people, "list", filter],
    queryFn: ({ pageParam, signal }) => api.people.list({ ...filter, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_after ?? undefined,
  })

export const deletedPeopleQuery = queryOptions({
  queryKey: [...keys.people, "deleted"],
  queryFn: async ({ signal }) => (await api.people.deleted(signal)).items,
})

/** Roles depend on who asks: what one may give follows from one's own. */
export const rolesQuery = queryOptions({
  queryKey: keys.roles,
  queryFn: ({ signal }) => api.people.roles(signal),
  staleTime: 5 * 60_000,
})

export const explainQuery = (permission: string, userId: string, supposed: Supposed) =>
  queryOptions({
    queryKey: [...keys.people, "explain", permission, userId, supposed],
    queryFn: ({ signal }) => api.people.explain(permission, userId, supposed, signal),
    enabled: permission !== "" && userId !== "",
  })

/** Where the list of people is fetched from as a file. */
export const exportAddress = `${basePath}api/v1/users/export`

/** Where what is kept about one person is fetched from as a file. */
export const dataAddress = (person: Person) =>
  `${basePath}api/v1/users/${encodeURIComponent(person.id)}/personal-data`

const refresh = () =>
  Promise.all([keys.people, keys.apiKeys].map((queryKey) => queryClient.invalidateQueries({ queryKey })))

/** Everything that can be done with one person, by name. */
export type PersonTask =
  | { do: "change"; change: PersonChange }
  | { do: "invite_again" }
  | { do: "deactivate"; revokeKeys: boolean }
  | { do: "activate" }
  | { do: "remove"; revokeKeys: boolean }
  | { do: "erase" }
  | { do: "end_sessions" }
  | { do: "remove_factors" }

export function usePersonTask(person: Pick<Person, "id">) {
  return useMutation({
    mutationFn: async (task: PersonTask) => {
      switch (task.do) {
        case "change":
          return void (await api.people.change(person.id, task.change))
        case "deactivate":
          return void (await api.people.deactivate(person.id, task.revokeKeys))
        case "activate":
          return void (await api.people.activate(person.id))
        case "remove":
          return void (await api.people.remove(person.id, task.revokeKeys))
        case "erase":
          return void (await api.people.erase(person.id))
        case "end_sessions":
          return void (await api.people.endSessions(person.id))
        case "remove_factors":
          return void (await api.people.removeFactors(person.id))
        case "invite_again":
          return await api.people.inviteAgain(person.id)
      }
    },
    onSettled: refresh,
  })
}

export function useInvite() {
  return useMutation({ mutationFn: (body: PersonDraft) => api.people.invite(body), onSuccess: refresh })
}

/** What an organization erased, the newest first. */
export const erasuresQuery = queryOptions({
  queryKey: [...keys.people, "erasures"],
  queryFn: async ({ signal }) => (await api.people.erasures(signal)).items,
})

export function useRestorePerson() {
  return useMutation({ mutationFn: (userId: string) => api.people.restore(userId), onSettled: refresh })
}

export function useImport() {
  return useMutation({
    mutationFn: ({ csv, dryRun }: { csv: string; dryRun: boolean }) => api.people.importFile(csv, dryRun),
    onSuccess: (report) => (report.dry_run ? undefined : refresh()),
  })
}

/** Return the link that a person opens to accept; the token stands after # so that no server or proxy logs it. */
export function invitationLink(token: string): string {
  return new URL(`${basePath}invitation#token=${token}`, location.href).href
}
