import type { RealtimeMessage } from "@powerautomation/api-client"
import { backOff, emptyFeed, type Feed, type FeedEvent, reduceFeed } from "./feed"

/** The server pings every 20 s; twice that in silence means that the line is dead although nobody closed it. */
const SILENCE_LIMIT_MS = 45_000

/** How the server closes the line of somebody who is not signed in. */
const POLICY_VIOLATION = 1008

type Listener = () => void
type MessageListener = (message: RealtimeMessage) => void

/** The one WebSocket of the console. It reconnects by itself; `useFeed` shows what it knows. */
export interface Connection {
  start(): void
  stop(): void
  retryNow(): void
  subscribe(listener: Listener): () => void
  onMessage(listener: MessageListener): () => void
  /** The server closed the line because nobody is signed in (close code 1008). */
  onRefused(listener: Listener): () => void
  snapshot(): Feed
}

export function createConnection(
  url: string,
  open: (url: string) => WebSocket = (u) => new WebSocket(u),
): Connection {
  let feed: Feed = emptyFeed
  let socket: WebSocket | null = null
  let attempt = 0
  let wanted = false
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let silenceTimer: ReturnType<typeof setTimeout> | undefined
  const listeners = new Set<Listener>()
  const messageListeners = new Set<MessageListener>()
  const refusedListeners = new Set<Listener>()

  function apply(event: FeedEvent) {
    const next = reduceFeed(feed, event)
    if (next === feed) return
    feed = next
    for (const listener of listeners) listener()
  }

  function heard() {
    clearTimeout(silenceTimer)
    silenceTimer = setTimeout(() => socket?.close(), SILENCE_LIMIT_MS)
  }

  function lost(from: WebSocket) {
    if (socket !== from) return
    socket = null
    clearTimeout(silenceTimer)
    if (!wanted) return
    attempt += 1
    const delay = backOff(attempt, Math.random())
    apply({ type: "lost", retryAt: Date.now() + delay })
    retryTimer = setTimeout(connect, delay)
  }

  function connect() {
    clearTimeout(retryTimer)
    if (!wanted || socket) return
    if (feed.connection !== "live") apply({ type: "connecting" })
    const current = open(url)
    socket = current
    heard()
    current.onmessage = (event) => {
      heard()
      let message: RealtimeMessage
      try {
        message = JSON.parse(String(event.data)) as RealtimeMessage
      } catch {
        return // a frame that is not ours
      }
      if (message.type === "hello") attempt = 0
      apply({ type: "message", message })
      for (const listener of messageListeners) listener(message)
    }
    current.onclose = (event) => {
      const ours = socket === current
      lost(current)
      if (ours && event.code === POLICY_VIOLATION) for (const listener of refusedListeners) listener()
    }
    current.onerror = () => current.close()
  }

  return {
    start() {
      wanted = true
      connect()
    },
    stop() {
      wanted = false
      clearTimeout(retryTimer)
      clearTimeout(silenceTimer)
      const current = socket
      socket = null
      current?.close()
      feed = emptyFeed
      for (const listener of listeners) listener()
    },
    retryNow() {
      if (wanted && !socket) connect()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onMessage(listener) {
      messageListeners.add(listener)
      return () => messageListeners.delete(listener)
    },
    onRefused(listener) {
      refusedListeners.add(listener)
      return () => refusedListeners.delete(listener)
    },
    snapshot: () => feed,
  }
}
