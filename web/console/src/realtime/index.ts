import { ApiProblem } from "@powerautomation/api-client"
import { useEffect, useSyncExternalStore } from "react"
import { api, basePath, keys, queryClient, reportSignedOut } from "~/server"
import { createConnection } from "./connection"
import type { Feed } from "./feed"

const url = new URL(`${basePath}realtime`, location.href)
url.protocol = url.protocol === "https:" ? "wss:" : "ws:"

export const connection = createConnection(url.href)

// A closed line alone proves nothing (a proxy may use the same code): ask, and leave only when it is true.
connection.onRefused(() => {
  api.session.get().catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 401) reportSignedOut()
  })
})

/** Which queries an event makes stale, by the domain its kind begins with. */
const affected: Record<string, readonly (readonly string[])[]> = {
  api_keys: [keys.apiKeys],
  approvals: [keys.approvals],
  limits: [keys.limits],
  prices: [keys.prices],
  providers: [keys.providers, keys.routing, keys.system],
  routes: [keys.routing],
  settings: [keys.settings],
  users: [keys.session, keys.people],
  policies: [keys.session, keys.people, keys.policies],
  roles: [keys.session, keys.people, keys.roles],
}

/** Charts need not be redrawn with every request; this often is lively enough. */
const USAGE_REFRESH_MS = 4_000

let usageTimer: ReturnType<typeof setTimeout> | undefined

connection.onMessage((message) => {
  if (message.type === "changed") {
    for (const key of affected[message.kind.split(".")[0] ?? ""] ?? []) {
      void queryClient.invalidateQueries({ queryKey: key })
    }
  }
  if (message.type === "requests" && message.completed.length > 0 && usageTimer === undefined) {
    usageTimer = setTimeout(() => {
      usageTimer = undefined
      for (const key of [keys.usage, keys.connect, keys.apiKeys, keys.limits])
        void queryClient.invalidateQueries({ queryKey: key })
    }, USAGE_REFRESH_MS)
  }
  // Whatever happened while the line was down is fetched again.
  if (message.type === "hello")
    void queryClient.invalidateQueries({
      predicate: (query) => query.queryKey[0] !== "session" && query.state.dataUpdatedAt < Date.now() - 5_000,
    })
})

/** The state of the live feed; renders again whenever it changes. */
export function useFeed(): Feed {
  return useSyncExternalStore(connection.subscribe, connection.snapshot)
}

/** Keep the connection open while the component stands, and try at once when the network or the tab comes back. */
export function useConnection(): void {
  useEffect(() => {
    connection.start()
    const retry = () => connection.retryNow()
    const retryIfVisible = () => document.visibilityState === "visible" && connection.retryNow()
    window.addEventListener("online", retry)
    document.addEventListener("visibilitychange", retryIfVisible)
    return () => {
      window.removeEventListener("online", retry)
      document.removeEventListener("visibilitychange", retryIfVisible)
      connection.stop()
    }
  }, [])
}

export type { ConnectionState, Feed } from "./feed"
