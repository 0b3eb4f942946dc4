import type { RealtimeMessage, RequestSummary, RunningRequest } from "@powerautomation/api-client"

/** How many finished requests are kept from the live feed; older ones are read page by page from the server. */
export const FEED_LIMIT = 300

/** `connecting`: not yet or again; `live`: hello received; `offline`: the last attempt failed, a next one is planned. */
export type ConnectionState = "connecting" | "live" | "offline"

export interface Feed {
  readonly connection: ConnectionState
  /** When the next attempt starts (ms since the epoch), while offline. */
  readonly retryAt: number | null
  readonly running: readonly RunningRequest[]
  /** Finished since the page was opened, newest first, each once. */
  readonly completed: readonly RequestSummary[]
  /** Counts every finished request, also those that no longer fit. */
  readonly completedCount: number
}

export const emptyFeed: Feed = {
  connection: "connecting",
  retryAt: null,
  running: [],
  completed: [],
  completedCount: 0,
}

export type FeedEvent =
  | { type: "connecting" }
  | { type: "lost"; retryAt: number }
  | { type: "message"; message: RealtimeMessage }

/** Return the feed after an event. Pure; the running list of the server replaces ours, completed ones are added. */
export function reduceFeed(feed: Feed, event: FeedEvent): Feed {
  switch (event.type) {
    case "connecting":
      return { ...feed, connection: "connecting", retryAt: null }
    case "lost":
      // What was running may have ended meanwhile: better nothing than something untrue.
      return { ...feed, connection: "offline", retryAt: event.retryAt, running: [] }
    case "message":
      return reduceMessage(feed, event.message)
  }
}

function reduceMessage(feed: Feed, message: RealtimeMessage): Feed {
  if (message.type === "hello") return { ...feed, connection: "live", retryAt: null }
  if (message.type !== "requests") return feed
  const fresh = uniqueById([...message.completed].sort(newestFirst))
  const freshIds = new Set(fresh.map((request) => request.id))
  const known = new Set(feed.completed.map((request) => request.id))
  const added = fresh.filter((request) => !known.has(request.id)).length
  const completed =
    fresh.length === 0
      ? feed.completed
      : [...fresh, ...feed.completed.filter((request) => !freshIds.has(request.id))]
          .sort(newestFirst)
          .slice(0, FEED_LIMIT)
  return {
    ...feed,
    running: message.running,
    completed,
    completedCount: feed.completedCount + added,
  }
}

function newestFirst(a: RequestSummary, b: RequestSummary): number {
  return a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : 0
}

function uniqueById(requests: readonly RequestSummary[]): RequestSummary[] {
  return [...new Map(requests.map((request) => [request.id, request])).values()]
}

/** Milliseconds to wait before attempt `n` (from 1): doubling to half a minute, spread so that tabs do not agree. */
export function backOff(attempt: number, spread: number): number {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt - 1, 10))
  return Math.round(ceiling * (0.6 + 0.4 * spread))
}
