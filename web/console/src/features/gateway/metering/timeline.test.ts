import type { Attempt, RequestDetail } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { layOut } from "./timeline"

const attempt = (at: string, duration_ms: number, first_token_ms: number | null) =>
  ({ started_at: at, duration_ms, first_token_ms }) as Attempt
const request = (duration_ms: number, attempts: Attempt[]) =>
  ({
    started_at: "2026-11-21T10:00:00.000Z",
    duration_ms,
    attempts,
    stream: true,
  }) as unknown as RequestDetail

describe("layOut", () => {
  it("places attempts and their first token on the axis of the request", () => {
    const { bars, length } = layOut(
      request(1000, [
        attempt("2026-11-21T10:00:00.000Z", 200, null),
        attempt("2026-11-21T10:00:00.250Z", 750, 250),
      ]),
    )
    expect(length).toBe(1000)
    expect(bars[0]).toMatchObject({ left: 0, width: 20, firstToken: null })
    expect(bars[1]).toMatchObject({ left: 25, width: 75, firstToken: 50 })
  })
  it("never leaves the picture, whatever the clocks say", () => {
    const { bars } = layOut(request(100, [attempt("2026-11-21T09:59:59.000Z", 5000, 9000)]))
    expect(bars[0]).toMatchObject({ left: 0, firstToken: 100 })
    expect((bars[0]?.left ?? 0) + (bars[0]?.width ?? 0)).toBeLessThanOrEqual(100)
  })
  it("marks no first token in an answer of one piece", () => {
    const whole = { ...request(100, [attempt("2026-11-21T10:00:00.000Z", 100, 100)]), stream: false }
    expect(layOut(whole).bars[0]?.firstToken).toBeNull()
  })
  it("survives a request without attempts", () => {
    expect(layOut(request(0, [])).length).toBe(1)
  })
})
