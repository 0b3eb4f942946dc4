import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createConnection } from "./connection"

class FakeSocket {
  static opened: FakeSocket[] = []
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  constructor(readonly url: string) {
    FakeSocket.opened.push(this)
  }
  say(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
  close(code = 1006) {
    this.closed = true
    this.onclose?.({ code })
  }
}

function setUp() {
  const connection = createConnection(
    "ws://test/realtime",
    (url) => new FakeSocket(url) as unknown as WebSocket,
  )
  connection.start()
  return connection
}

describe("connection", () => {
  beforeEach(() => {
    vi.useFakeTimers()
    FakeSocket.opened = []
  })
  afterEach(() => vi.useRealTimers())

  it("says offline when the line breaks and comes back by itself", () => {
    const connection = setUp()
    FakeSocket.opened[0]?.say({ type: "hello", version: "1" })
    expect(connection.snapshot().connection).toBe("live")
    FakeSocket.opened[0]?.close()
    expect(connection.snapshot().connection).toBe("offline")
    vi.advanceTimersByTime(600)
    expect(FakeSocket.opened).toHaveLength(2)
    FakeSocket.opened[1]?.say({ type: "hello", version: "1" })
    expect(connection.snapshot().connection).toBe("live")
  })

  it("gives up on a line that has been silent for too long", () => {
    setUp()
    FakeSocket.opened[0]?.say({ type: "hello", version: "1" })
    vi.advanceTimersByTime(44_000)
    FakeSocket.opened[0]?.say({ type: "ping" })
    vi.advanceTimersByTime(44_000)
    expect(FakeSocket.opened[0]?.closed).toBe(false)
    vi.advanceTimersByTime(2_000)
    expect(FakeSocket.opened[0]?.closed).toBe(true)
  })

  it("does not come back after stop", () => {
    const connection = setUp()
    connection.stop()
    vi.advanceTimersByTime(120_000)
    expect(FakeSocket.opened).toHaveLength(1)
  })

  it("says when the server refuses because nobody is signed in", () => {
    const connection = setUp()
    const refused = vi.fn()
    connection.onRefused(refused)
    FakeSocket.opened[0]?.close(1006)
    expect(refused).not.toHaveBeenCalled()
    vi.advanceTimersByTime(600)
    FakeSocket.opened[1]?.close(1008)
    expect(refused).toHaveBeenCalledOnce()
  })

  it("ignores a frame that is not JSON", () => {
    const connection = setUp()
    FakeSocket.opened[0]?.onmessage?.({ data: "<html>" })
    expect(connection.snapshot().connection).toBe("connecting")
  })
})
