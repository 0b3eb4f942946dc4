import { type Api, ApiProblem, createApi, createTransport } from "@powerautomation/api-client"
import { QueryCache, QueryClient } from "@tanstack/react-query"

/** The path below which the console lives, with a slash at both ends. The server may rewrite `<base href>`. */
export const basePath = new URL(document.baseURI).pathname.replace(/[^/]*$/, "")

export const transport = createTransport(basePath)
export const api: Api = createApi(transport)

/** Names of what the query cache holds. Every feature uses these, so that an event can refresh across features. */
export const keys = {
  session: ["session"],
  apiKeys: ["api-keys"],
  auditEvents: ["audit-events"],
  providers: ["providers"],
  presets: ["provider-presets"],
  routing: ["routes"],
  limits: ["limits"],
  serviceLevels: ["service-levels"],
  reconciliations: ["reconciliations"],
  requests: ["requests"],
  requestDetail: ["request"],
  ratings: ["ratings"],
  splits: ["splits"],
  prices: ["prices"],
  answerCache: ["answer-cache"],
  usage: ["usage"],
  connect: ["connect"],
  settings: ["settings"],
  encryption: ["encryption"],
  doctor: ["doctor"],
  system: ["system"],
  sessions: ["sessions"],
  people: ["people"],
  roles: ["roles"],
} as const

let onSignedOut: () => void = () => {}

/** Say what happens when the server answers that nobody is signed in any more. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback
}

/** The server says that nobody is signed in any more. */
export function reportSignedOut(): void {
  onSignedOut()
}

function watchForSignOut(error: unknown, key: readonly unknown[]): void {
  if (error instanceof ApiProblem && error.status === 401 && key[0] !== "session") onSignedOut()
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => watchForSignOut(error, query.queryKey) }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal will be the same the second time; only a lost connection or a broken server is worth another try.
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
      refetchOnWindowFocus: true,
    },
  },
})
