import { describe, expect, it } from "vitest"
import { ownAddress, takeLinkToken } from "./link"

describe("takeLinkToken", () => {
  it("takes the token out of the address", () => {
    history.replaceState(null, "", "/sign-in?next=%2Frequests#token=abc-123")
    expect(takeLinkToken()).toBe("abc-123")
    expect(location.hash).toBe("")
    expect(location.search).toBe("?next=%2Frequests")
    expect(takeLinkToken()).toBe("")
  })
})

describe("ownAddress", () => {
  it("is an address of the console", () => {
    for (const address of [
      "/",
      "/requests",
      "/usage?from=2026-11-01&by=model",
      "/limits?add=true#x",
      "/a%20b",
    ]) {
      expect(ownAddress(address)).toBe(address)
    }
  })
  it("is the first page where another site is meant, however it is written", () => {
    const elsewhere = [
      undefined,
      "",
      "requests",
      "https://elsewhere.example/",
      "//elsewhere.example",
      "/\\elsewhere.example",
      "\\\\elsewhere.example",
      "/\t/elsewhere.example",
      "/\n/elsewhere.example",
      "//",
      "javascript:alert(1)",
      " javascript:alert(1)",
      "data:text/html,x",
    ]
    for (const address of elsewhere) expect(ownAddress(address), String(address)).toBe("/")
  })
})
