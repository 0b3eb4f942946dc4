import { useEffect, useRef } from "react"
import { isTyping, PAIR_MS, singleKeysEnabled } from "~/actions/keys"

/** What a key of the inbox does. */
export type InboxCommand =
  | "next"
  | "previous"
  | "open"
  | "approve"
  | "deny"
  | "edit"
  | "select"
  | "approveSelected"
  | "denySelected"
  | "stop"
  | "help"

const commands: Readonly<Record<string, InboxCommand>> = {
  j: "next",
  ArrowDown: "next",
  k: "previous",
  ArrowUp: "previous",
  Enter: "open",
  a: "approve",
  d: "deny",
  e: "edit",
  x: "select",
  A: "approveSelected",
  D: "denySelected",
  S: "stop",
  "?": "help",
}

/** The keys in the order in which help shows them. */
export const shownKeys: readonly { keys: readonly string[]; command: InboxCommand }[] = [
  { keys: ["J", "↓"], command: "next" },
  { keys: ["K", "↑"], command: "previous" },
  { keys: ["Enter"], command: "open" },
  { keys: ["A"], command: "approve" },
  { keys: ["D"], command: "deny" },
  { keys: ["E"], command: "edit" },
  { keys: ["X"], command: "select" },
  { keys: ["Shift", "A"], command: "approveSelected" },
  { keys: ["Shift", "D"], command: "denySelected" },
  { keys: ["Shift", "S"], command: "stop" },
  { keys: ["?"], command: "help" },
]

/** A key press as far as it matters. */
export interface Press {
  readonly key: string
  readonly shift: boolean
  /** Ctrl, Cmd or Alt is held. */
  readonly modified: boolean
  readonly repeat: boolean
  readonly composing: boolean
  readonly typing: boolean
  /** Enter belongs to what has the focus: a link or a button. */
  readonly onControl: boolean
  /** The key before it and how long ago that was, for pairs such as "g a". */
  readonly before: string
  readonly sinceMs: number
}

/** Return what a key press does, null for nothing. Held keys only move: holding A must not agree to everything. */
export function commandOf(press: Press): InboxCommand | null {
  if (press.composing || press.typing || press.modified) return null
  // The second key of a pair is the shell's.
  if (press.before === "g" && press.sinceMs < PAIR_MS) return null
  const letter = press.key.length === 1 && /[a-z]/i.test(press.key)
  // Not by what Caps Lock makes of it: only Shift is for several at once.
  const key = !letter ? press.key : press.shift ? press.key.toUpperCase() : press.key.toLowerCase()
  const command = Object.hasOwn(commands, key) ? (commands[key] ?? null) : null
  if (command === "open" && press.onControl) return null
  if (press.repeat && command !== "next" && command !== "previous") return null
  return command
}

/** A dialog that is not one of the inbox takes the keys. */
const isElsewhere = () =>
  [...document.querySelectorAll("[role=dialog], [role=menu], [role=listbox]")].some(
    (one) => !one.hasAttribute("data-inbox"),
  )

/** Listen for the keys of the inbox while it is on the screen. `arrows`: whether they move; else they scroll. */
export function useInboxKeys(onCommand: (command: InboxCommand) => void, arrows: boolean): void {
  const latest = useRef({ onCommand, arrows })
  latest.current = { onCommand, arrows }
  useEffect(() => {
    let before = ""
    let beforeAt = Number.NEGATIVE_INFINITY
    const onKey = (event: KeyboardEvent) => {
      const { target } = event
      const command = commandOf({
        key: event.key,
        shift: event.shiftKey,
        modified: event.ctrlKey || event.metaKey || event.altKey,
        repeat: event.repeat,
        composing: event.isComposing || event.keyCode === 229,
        typing: isTyping(target),
        onControl: target instanceof HTMLElement && target.closest("a, button, [role=button]") !== null,
        before,
        sinceMs: event.timeStamp - beforeAt,
      })
      before = isTyping(target) ? "" : event.key
      beforeAt = event.timeStamp
      if (!command || isElsewhere() || !singleKeysEnabled()) return
      if (event.key.startsWith("Arrow") && !latest.current.arrows) return
      event.preventDefault()
      // The shell has a help of its own.
      event.stopPropagation()
      latest.current.onCommand(command)
    }
    // Before the shell, which listens on the same window.
    window.addEventListener("keydown", onKey, { capture: true })
    return () => window.removeEventListener("keydown", onKey, { capture: true })
  }, [])
}

/** Return what has the focus after a step: the neighbour, or the first when nothing had it. */
export function stepped(ids: readonly string[], current: string | null, step: 1 | -1): string | null {
  const at = current === null ? -1 : ids.indexOf(current)
  if (at < 0) return ids[0] ?? null
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))] ?? null
}

/** Return what has the focus once one is gone: the one after it, or the last before it; null when it was not there. */
export function following(ids: readonly string[], gone: string): string | null {
  const at = ids.indexOf(gone)
  if (at < 0) return null
  return ids[at + 1] ?? ids[at - 1] ?? null
}
