import { expect, test } from "vitest"
import { isAmount, priceFile } from "./priceFile"

test("a price becomes a line that cannot be taken apart wrongly", () => {
  const price = {
    vendor: "acme, inc",
    model: 'm"1',
    currency: "CNY",
    source: "stated",
    input: " 1.5 ",
    cached_input: "",
    output: "0",
  }
  expect(priceFile(price)).toBe(
    'vendor,model,currency,source,input,cached_input,output\n"acme, inc","m""1","CNY","stated","1.5","","0"\n',
  )
})

test("only plain numbers are amounts", () => {
  expect(["0", "0.15", "1000000", " 2 "].every(isAmount)).toBe(true)
  expect(["", "-1", "1e3", "1,5", "1000001", "0.1234567", "x"].some(isAmount)).toBe(false)
})
