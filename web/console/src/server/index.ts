import { type Api, ApiProblem, createApi, createTransport, type Transport } from "@powerautomation/api-client"
import { QueryCache, QueryClient } from "@tanstack/react-query"

/** The path below which the console lives, with a slash at both ends. The server may rewrite `<base href>`. */
export const basePath = new URL(document.baseURI).pathname.replace(/[^/]*$/, "")

const plain = createTransport(basePath)

let askToConfirm: () => Promise<boolean> = async () => false

/** Say who asks the person to prove anew who it is; true when it was proved. */
export function whenConfirmationNeeded(ask: () => Promise<boolean>): void {
  askToConfirm = ask
}

let renewal: Promise<unknown> | null = null
let renewals = 0

/** Do something that gives the session a new token; calls that went out with the old one meanwhile are repeated. */
export async function renewSession<T>(work: () => Promise<T>): Promise<T> {
  const running = work()
  renewal = running
  try {
    return await running
  } finally {
    renewals += 1
    renewal = null
  }
}

/** The way to the server: a dangerous call that needs a confirmation asks for it and is then repeated. */
export const transport: Transport = {
  setCsrfToken: plain.setCsrfToken,
  call: async (...call) => {
    const before = renewals
    try {
      return await plain.call(...call)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      if (error.code === "identity.confirmation_needed" && (await askToConfirm())) return plain.call(...call)
      if (error.status !== 401 || call[1] === "session/confirm") throw error
      await renewal?.catch(() => undefined)
      if (renewals === before) throw error
      return plain.call(...call)
    }
  },
}
export const api: Api = createApi(transport)

/** Names of what the query cache holds. Every feature uses these, so that an event can refresh across features. */
export const keys = {
  session: ["session"],
  apiKeys: ["api-keys"],
  auditEvents: ["audit-events"],
  auditStreams: ["audit-streams"],
  compliance: ["compliance-report"],
  flags: ["flags"],
  configuration: ["configuration"],
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
  memberships: ["memberships"],
  factors: ["factors"],
  people: ["people"],
  roles: ["roles"],
  privacy: ["privacy"],
  units: ["units"],
  organizations: ["organizations"],
  policies: ["policies"],
  approvals: ["approvals"],
  approvalRules: ["approval-rules"],
  shares: ["shares"],
  signInProviders: ["sign-in-providers"],
  emailDomains: ["email-domains"],
  scim: ["scim"],
  offeredProviders: ["offered-providers"],
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
