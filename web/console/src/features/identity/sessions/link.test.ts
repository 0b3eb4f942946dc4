import { describe, expect, it } from "vitest"
import { takeLinkToken } from "./link"

describe("takeLinkToken", () => {
  it("takes the token out of the address", () => {
    history.replaceState(null, "", "/sign-in?next=%2Frequests#token=abc-123")
    expect(takeLinkToken()).toBe("abc-123")
    expect(location.hash).toBe("")
    expect(location.search).toBe("?next=%2Frequests")
    expect(takeLinkToken()).toBe("")
  })
})
