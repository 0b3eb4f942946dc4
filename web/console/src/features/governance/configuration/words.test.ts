import { describe, expect, it } from "vitest"
import { compare, shown } from "./words"

describe("a difference", () => {
  it("is found word by word", () => {
    expect(compare("use kimi then claude", "use kimi-k3 then claude")).toEqual([
      { kind: "same", text: "use kimi" },
      { kind: "new", text: "-k3" },
      { kind: "same", text: " then claude" },
    ])
    expect(compare("1000", "5")).toEqual([
      { kind: "gone", text: "1000" },
      { kind: "new", text: "5" },
    ])
    expect(compare("", "new")).toEqual([{ kind: "new", text: "new" }])
    expect(compare("same", "same")).toEqual([{ kind: "same", text: "same" }])
  })
  it("can always be read back", () => {
    const before = "a b c d e f"
    const after = "b d x f g a"
    const pieces = compare(before, after)
    const of = (kind: string) =>
      pieces
        .filter((piece) => piece.kind === "same" || piece.kind === kind)
        .map((piece) => piece.text)
        .join("")
    expect([of("gone"), of("new")]).toEqual([before, after])
  })
  it("of very long texts is the texts", () => {
    const long = "word ".repeat(1000)
    expect(compare(long, "short").map((piece) => piece.kind)).toEqual(["gone", "new"])
  })
})

describe("a value", () => {
  it("is shown as people read it", () => {
    expect([shown("a"), shown(null), shown(5), shown(["a", "b"]), shown([{ a: 1 }])]).toEqual([
      "a",
      "",
      "5",
      "a, b",
      '[\n {\n  "a": 1\n }\n]',
    ])
  })
})
