import { describe, expect, it } from "vitest"
import { browserOf } from "./queries"

describe("the program behind a session", () => {
  it("is named as people know it", () => {
    expect(browserOf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")).toBe(
      "Chrome · Linux",
    )
    expect(
      browserOf("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"),
    ).toBe("Safari · iPhone")
    expect(browserOf("python-httpx/1.0")).toBe("python-httpx/1.0")
    expect(browserOf("")).toBe("")
  })
})
