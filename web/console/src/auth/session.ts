import { ApiProblem, type Session } from "@powerautomation/api-client"
import { queryOptions, useQuery } from "@tanstack/react-query"
import { api, keys, queryClient, transport } from "~/server"

/** Who is signed in, or null. Never throws for 401. */
export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      const session = await api.session.get(signal)
      transport.setCsrfToken(session.csrf_token)
      return session
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null
      throw error
    }
  },
  staleTime: 5 * 60_000,
})

/** Remember an answer that carries a session, for example after a sign-in or a changed name. */
export function keepSession(session: Session): void {
  transport.setCsrfToken(session.csrf_token)
  queryClient.setQueryData(keys.session, session)
}

/** Forget everything that belonged to the person who was signed in. */
export function forgetSession(): void {
  transport.setCsrfToken("")
  queryClient.clear()
  queryClient.setQueryData(keys.session, null)
}

/** Return whether the browser kept the cookie of a sign-in that the server has just accepted. */
export async function cookieWasKept(): Promise<boolean> {
  const session = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 })
  return session !== null
}

/** Return a function that says whether who is signed in has a permission; the server decides in any case. */
export function useMay(): (permission: string) => boolean {
  const permissions = useSession()?.permissions
  return (permission) => permissions?.includes(permission) ?? false
}

export function useSession(): Session | null {
  return useQuery(sessionQuery).data ?? null
}
