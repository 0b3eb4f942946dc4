import type { Approval } from "@powerautomation/api-client"
import { describe, expect, it } from "vitest"
import { createGuard, SETTLE_MS } from "./deciding"
import { filterOf, parseApprovalSearch } from "./search"
import { isSimple, mayBatch, parsedArguments, scopesFor, shapeOf, summaryOf, visible } from "./shape"
import { timeLeft } from "./time"

const approval = (more: Partial<Approval>) =>
  ({
    level: "MEDIUM",
    mode: "simple",
    may_decide: true,
    reason_required: false,
    session_id: "",
    task_id: "",
    ...more,
  }) as Approval

describe("shapeOf", () => {
  it("shows a command, and beside it whatever else is said", () => {
    expect(shapeOf({ command: "make\nmake test", timeout: 5 })).toEqual({
      kind: "command",
      command: "make\nmake test",
      field: "command",
      rest: { timeout: 5 },
    })
  })
  it("shows a command that comes as words", () => {
    expect(shapeOf({ command: ["bash", "-lc", "echo 'a b'"] })).toMatchObject({
      kind: "command",
      command: "bash -lc 'echo '\\''a b'\\'''",
      field: "",
    })
  })
  it("shows one change of a file, several, and a whole file", () => {
    const edit = { file_path: "/w/a.py", old_string: "1", new_string: "2", replace_all: true }
    expect(shapeOf(edit)).toEqual({
      kind: "changes",
      path: "/w/a.py",
      changes: [{ before: "1", after: "2" }],
      whole: false,
      rest: { replace_all: true },
    })
    const several = { file_path: "/w/a.py", edits: [{ old_string: "1", new_string: "2" }] }
    expect(shapeOf(several)).toMatchObject({
      kind: "changes",
      changes: [{ before: "1", after: "2" }],
      rest: {},
    })
    expect(shapeOf({ file_path: "/w/b", content: "x" })).toMatchObject({ kind: "changes", whole: true })
  })
  it("hides nothing of what it does not know", () => {
    const odd = { file_path: "/w/a.py", edits: [{ old_string: "1", new_string: "2", also: "rm" }] }
    expect(shapeOf(odd)).toEqual({ kind: "table", rest: odd })
    expect(shapeOf({ file_path: 7, command: 8 })).toEqual({
      kind: "table",
      rest: { file_path: 7, command: 8 },
    })
  })
})

describe("summaryOf", () => {
  it("is one line: the command, the file, the address, or the arguments", () => {
    expect(summaryOf({ command: "git push" })).toBe("git push")
    expect(summaryOf({ command: "git pull\n git push" })).toBe("git pull ↵ git push")
    expect(summaryOf({ file_path: "/w/a.py", content: "" })).toBe("/w/a.py")
    expect(summaryOf({ url: "https://example.com" })).toBe("https://example.com")
    expect(summaryOf({ count: 3 })).toBe('{"count":3}')
    expect(summaryOf({})).toBe("")
    expect(summaryOf({ command: "a".repeat(500) })).toHaveLength(161)
  })
  it("shows characters that hide or turn what is read around", () => {
    expect(summaryOf({ command: "ls \u202egpj.exe" })).toBe("ls ⟨U+202E⟩gpj.exe")
    expect(visible("a\u200bb\u0007\tc\n")).toBe("a⟨U+200B⟩b⟨U+0007⟩\tc\n")
  })
})

describe("what may be said", () => {
  it("is remembered as far as the risk allows and the request names it", () => {
    expect(scopesFor(approval({}))).toEqual(["exact", "always"])
    expect(scopesFor(approval({ session_id: "s", task_id: "t" }))).toHaveLength(4)
    expect(scopesFor(approval({ level: "HIGH", session_id: "s" }))).toEqual(["exact"])
    expect(scopesFor(approval({ level: "CRITICAL" }))).toEqual([])
  })
  it("is said to several at once, or in the list, only of what is neither high nor critical", () => {
    expect(mayBatch(approval({}))).toBe(true)
    expect(mayBatch(approval({ level: "HIGH" }))).toBe(false)
    expect(mayBatch(approval({ may_decide: false }))).toBe(false)
    expect(isSimple(approval({}))).toBe(true)
    expect(isSimple(approval({ mode: "detailed" }))).toBe(false)
    expect(isSimple(approval({ reason_required: true }))).toBe(false)
    expect(isSimple(approval({ level: "CRITICAL", mode: "simple" }))).toBe(false)
  })
  it("is a JSON object when arguments are changed", () => {
    expect(parsedArguments('{"a": 1}')).toEqual({ a: 1 })
    for (const text of ["[]", "null", "7", "{", ""]) expect(parsedArguments(text)).toBeNull()
  })
})

describe("createGuard", () => {
  it("holds back what comes right after something moved", () => {
    let now = 0
    const guard = createGuard(() => now)
    expect(guard.isSettled()).toBe(true)
    guard.touch()
    now += SETTLE_MS - 1
    expect(guard.isSettled()).toBe(false)
    now += 1
    expect(guard.isSettled()).toBe(true)
  })
})

describe("timeLeft", () => {
  const asked = { created_at: "2026-01-01T00:00:00Z", expires_at: "2026-01-01T00:05:00Z" }
  const at = (moment: string) => timeLeft(asked, Date.parse(moment))
  it("counts down, and neither below nothing nor above the whole", () => {
    expect(at("2026-01-01T00:00:56Z").text).toBe("4:04")
    expect(at("2026-01-01T00:02:30Z").percent).toBe(50)
    expect(at("2026-01-01T00:09:00Z")).toEqual({ seconds: 0, percent: 0, text: "0:00" })
    expect(at("2025-12-31T00:00:00Z").percent).toBe(100)
    expect(
      timeLeft({ ...asked, expires_at: "2026-01-01T02:03:04Z" }, Date.parse(asked.created_at)).text,
    ).toBe("2:03:04")
  })
})

describe("the address", () => {
  it("says what is shown; what is not understood is left out", () => {
    expect(parseApprovalSearch({ show: "ended", level: "HIGH" })).toEqual({ show: "ended", level: "HIGH" })
    expect(parseApprovalSearch({ show: "open", level: "x" })).toEqual({})
    expect(filterOf({})).toEqual({ state: ["pending"] })
    expect(filterOf({ show: "all", level: "LOW" })).toEqual({ level: ["LOW"] })
    expect(filterOf({ show: "ended" }).state).not.toContain("pending")
  })
})
