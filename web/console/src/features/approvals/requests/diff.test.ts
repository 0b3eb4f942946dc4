import { describe, expect, it } from "vitest"
import { diffLines, folded } from "./diff"

const written = (before: string, after: string) =>
  diffLines(before, after).map((line) => `${{ same: " ", old: "-", new: "+" }[line.kind]}${line.text}`)

describe("diffLines", () => {
  it("takes out and puts in lines, and keeps what both have", () => {
    expect(written("a\nb\nc\nd", "a\nx\nc\ny\nd")).toEqual([" a", "-b", "+x", " c", "+y", " d"])
  })
  it("knows a new file, an emptied one, and no change", () => {
    expect(written("", "a\nb\n")).toEqual(["+a", "+b"])
    expect(written("a", "")).toEqual(["-a"])
    expect(written("a\nb", "a\nb")).toEqual([" a", " b"])
  })
  it("tells every line of both, however long they are", () => {
    const lines = (count: number, word: string) =>
      Array.from({ length: count }, (_, index) => `${word} ${index}`).join("\n")
    const found = diffLines(lines(2_000, "old"), lines(3_000, "new"))
    expect(found.filter((line) => line.kind === "old")).toHaveLength(2_000)
    expect(found.filter((line) => line.kind === "new")).toHaveLength(3_000)
  })
  it("gives both texts back", () => {
    const before = "x\na\nb\na\nc"
    const after = "a\na\nc\nx\nb"
    const found = diffLines(before, after)
    expect(found.filter((one) => one.kind !== "new").map((one) => one.text)).toEqual(before.split("\n"))
    expect(found.filter((one) => one.kind !== "old").map((one) => one.text)).toEqual(after.split("\n"))
  })
})

describe("folded", () => {
  it("leaves out what is far from a change, and says how much", () => {
    const text = Array.from({ length: 20 }, (_, index) => String(index)).join("\n")
    const found = folded(diffLines(text, text.replace("\n10\n", "\nten\n")), 2)
    expect(found.map((one) => (one.kind === "gap" ? one.count : one.text))).toEqual([
      8,
      "8",
      "9",
      "10",
      "ten",
      "11",
      "12",
      7,
    ])
  })
})
