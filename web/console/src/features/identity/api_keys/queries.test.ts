import type { ApiKey } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { stateOf } from "./queries"

const now = Date.parse("2026-11-21T12:00:00Z")
const key = (more: Partial<ApiKey>) => ({ revoked_at: null, expires_at: null, ...more }) as ApiKey

describe("stateOf", () => {
  it("tells whether a key still opens the gateway", () => {
    expect(stateOf(key({}), now)).toBe("active")
    expect(stateOf(key({ expires_at: "2026-11-21T12:00:01Z" }), now)).toBe("active")
    expect(stateOf(key({ expires_at: "2026-11-21T12:00:00Z" }), now)).toBe("expired")
    expect(
      stateOf(key({ expires_at: "2027-01-01T00:00:00Z", revoked_at: "2026-11-01T00:00:00Z" }), now),
    ).toBe("revoked")
  })
})
