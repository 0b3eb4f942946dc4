import { describe, expect, it } from "vitest"
import { countFilters, filterOf, parseSearch } from "./filter"

describe("filters of the audit log", () => {
  it("are read from the address, and nothing else is", () => {
    expect(
      parseSearch({ text: 42, outcome: "maybe", since: "2026-02-30", until: "2026-02-28", x: "y" }),
    ).toEqual({
      text: "42",
      until: "2026-02-28",
    })
    expect(countFilters(parseSearch({ action: "api_keys.create", outcome: "refused" }))).toBe(2)
  })

  it("ask for whole days of this browser's time zone", () => {
    const asked = filterOf({ since: "2026-11-20", until: "2026-11-21", outcome: "done" })
    expect(asked).toEqual({
      outcome: "done",
      since: new Date(2026, 10, 20).toISOString(),
      until: new Date(2026, 10, 22).toISOString(),
    })
  })
})
