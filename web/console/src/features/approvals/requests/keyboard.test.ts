import { renderHook } from "@testing-library/react"
import { afterEach, describe, expect, it, vi } from "vitest"
import {
  commandOf,
  following,
  type InboxCommand,
  type Press,
  shownKeys,
  stepped,
  useInboxKeys,
} from "./keyboard"

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  shift: false,
  modified: false,
  repeat: false,
  composing: false,
  typing: false,
  onControl: false,
  before: "",
  sinceMs: Number.POSITIVE_INFINITY,
  ...more,
})

describe("commandOf", () => {
  it("knows each key, and each that help shows", () => {
    expect(commandOf(press("a"))).toBe("approve")
    expect(commandOf(press("d"))).toBe("deny")
    expect(commandOf(press("ArrowUp"))).toBe("previous")
    expect(commandOf(press("?", { shift: true }))).toBe("help")
    for (const { keys, command } of shownKeys) {
      const last = (keys.at(-1) ?? "").replace("↓", "ArrowDown").replace("↑", "ArrowUp")
      expect(commandOf(press(last, { shift: keys[0] === "Shift" }))).toBe(command)
    }
    expect(commandOf(press("q"))).toBeNull()
    expect(commandOf(press("constructor"))).toBeNull()
  })
  it("answers the selected ones with Shift alone, whatever Caps Lock makes of a letter", () => {
    expect(commandOf(press("A", { shift: true }))).toBe("approveSelected")
    expect(commandOf(press("A"))).toBe("approve")
    expect(commandOf(press("a", { shift: true }))).toBe("approveSelected")
  })
  it.each([{ typing: true }, { composing: true }, { modified: true }, { before: "g", sinceMs: 300 }])(
    "does nothing for %o",
    (more) => {
      for (const key of ["a", "d", "e", "x", "j", "Enter", "?"])
        expect(commandOf(press(key, more))).toBeNull()
    },
  )
  it("is not held back by a g of long ago", () => {
    expect(commandOf(press("a", { before: "g", sinceMs: 5_000 }))).toBe("approve")
  })
  it("moves while a key is held, and never answers", () => {
    expect(commandOf(press("j", { repeat: true }))).toBe("next")
    for (const key of ["a", "d", "S"]) expect(commandOf(press(key, { repeat: true }))).toBeNull()
  })
  it("leaves Enter to the button that has the focus", () => {
    expect(commandOf(press("Enter"))).toBe("open")
    expect(commandOf(press("Enter", { onControl: true }))).toBeNull()
  })
})

describe("the list", () => {
  const ids = ["c", "b", "a"]
  it("is stepped through, and ends where it ends", () => {
    expect(stepped(ids, null, 1)).toBe("c")
    expect(stepped(ids, "c", 1)).toBe("b")
    expect(stepped(ids, "a", 1)).toBe("a")
    expect(stepped(ids, "c", -1)).toBe("c")
    expect(stepped([], "c", 1)).toBeNull()
  })
  it("goes on to the next when one is answered, to the one before at its end", () => {
    expect(following(ids, "c")).toBe("b")
    expect(following(ids, "a")).toBe("b")
    expect(following(["a"], "a")).toBeNull()
    expect(following(ids, "elsewhere")).toBeNull()
  })
})

describe("useInboxKeys", () => {
  afterEach(() => document.body.replaceChildren())
  const heard = (arrows = true) => {
    const found: InboxCommand[] = []
    renderHook(() => useInboxKeys((command) => found.push(command), arrows))
    return found
  }
  const type = (key: string, on: EventTarget = document.body, more: KeyboardEventInit = {}) =>
    on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }))
  const put = (html: Record<string, string>, tag = "div") => {
    const element = document.createElement(tag)
    for (const [name, value] of Object.entries(html)) element.setAttribute(name, value)
    document.body.append(element)
    return element
  }

  it("hears keys, but not in a field, and in a checkbox", () => {
    const found = heard()
    type("a")
    type("d", put({}, "textarea"))
    type("x", put({ type: "checkbox" }, "input"))
    expect(found).toEqual(["approve", "select"])
  })
  it("hears nothing while a text is composed", () => {
    const found = heard()
    type("a", document.body, { isComposing: true })
    expect(found).toEqual([])
  })
  it("leaves keys to another dialog, and takes them in the open request", () => {
    const found = heard()
    const dialog = put({ role: "dialog" })
    type("a")
    dialog.remove()
    put({ role: "dialog", "data-inbox": "" })
    type("d")
    expect(found).toEqual(["deny"])
  })
  it("lets the arrows scroll an open request", () => {
    const found = heard(false)
    type("ArrowDown")
    type("j")
    expect(found).toEqual(["next"])
  })
  it("keeps its own help from the shell, and the shell's pairs from itself", () => {
    const found = heard()
    const shell = vi.fn()
    window.addEventListener("keydown", shell)
    type("?", document.body, { shiftKey: true })
    expect(shell).not.toHaveBeenCalled()
    type("g")
    type("a")
    window.removeEventListener("keydown", shell)
    expect(found).toEqual(["help"])
    expect(shell).toHaveBeenCalledTimes(2)
  })
})
