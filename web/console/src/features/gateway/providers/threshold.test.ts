import { expect, it } from "vitest"
import { typedNumber } from "./threshold"

it("reads what a person typed and refuses what is no amount", () => {
  expect(typedNumber(" 20.5 ", 365)).toBe(20.5)
  expect(typedNumber("", 365)).toBeNull()
  for (const wrong of ["-1", "366", "1e3", "5 USD", "1,5", "Infinity"])
    expect(typedNumber(wrong, 365)).toBeUndefined()
})
