import type { RequestSummary } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { backOff, emptyFeed, FEED_LIMIT, reduceFeed } from "./feed"

const finished = (id: string, second: number) =>
  ({ id, started_at: `2026-11-21T10:00:${String(second).padStart(2, "0")}Z` }) as RequestSummary

const requests = (completed: RequestSummary[], running: { id: string }[] = []) =>
  ({
    type: "message",
    message: { type: "requests", completed, running: running as never },
  }) as const

describe("reduceFeed", () => {
  it("is live only after the server said hello", () => {
    expect(emptyFeed.connection).toBe("connecting")
    const feed = reduceFeed(emptyFeed, { type: "message", message: { type: "hello", version: "1" } })
    expect(feed.connection).toBe("live")
  })

  it("keeps finished requests newest first, each once", () => {
    let feed = reduceFeed(emptyFeed, requests([finished("a", 1), finished("b", 3)]))
    feed = reduceFeed(feed, requests([finished("c", 2), finished("b", 3)]))
    expect(feed.completed.map((request) => request.id)).toEqual(["b", "c", "a"])
    expect(feed.completedCount).toBe(3)
  })

  it("replaces what is running and shows nothing running when the connection is lost", () => {
    let feed = reduceFeed(emptyFeed, requests([], [{ id: "x" }, { id: "y" }]))
    feed = reduceFeed(feed, requests([], [{ id: "y" }]))
    expect(feed.running.map((request) => request.id)).toEqual(["y"])
    feed = reduceFeed(feed, { type: "lost", retryAt: 5 })
    expect(feed).toMatchObject({ connection: "offline", retryAt: 5, running: [] })
  })

  it("stays bounded and still counts", () => {
    let feed = emptyFeed
    for (let n = 0; n < FEED_LIMIT + 20; n += 1)
      feed = reduceFeed(feed, requests([finished(`r${n}`, n % 60)]))
    expect(feed.completed).toHaveLength(FEED_LIMIT)
    expect(feed.completedCount).toBe(FEED_LIMIT + 20)
  })

  it("does not change for a ping", () => {
    expect(reduceFeed(emptyFeed, { type: "message", message: { type: "ping" } })).toBe(emptyFeed)
  })
})

describe("backOff", () => {
  it("grows, stays bounded and is never immediate", () => {
    expect(backOff(1, 0)).toBe(300)
    expect(backOff(1, 1)).toBe(500)
    expect(backOff(4, 1)).toBe(4000)
    expect(backOff(50, 1)).toBe(30_000)
  })
})
