import { useEffect } from "react"
import { type Action, type ActionContext, runAction } from "~/actions"
import { openPalette, openShortcuts } from "./state"

const STORED = "powerautomation.single-key-shortcuts"
/** How long the first key of a pair waits for the second. */
const PAIR_MS = 1_200

/** Whether keys without Ctrl or Cmd do something; speech input users may need them off (WCAG 2.1.4). */
export function singleKeysEnabled(): boolean {
  try {
    return localStorage.getItem(STORED) !== "off"
  } catch {
    return true
  }
}

export function setSingleKeysEnabled(enabled: boolean): void {
  try {
    localStorage.setItem(STORED, enabled ? "on" : "off")
  } catch {
    // Storage may be forbidden: then the choice lasts as long as the page.
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
      target.role === "combobox")
  )
}

/** Listen for Ctrl/Cmd-K, `?` and the pairs of the actions. */
export function useShortcuts(actions: readonly Action[], context: ActionContext): void {
  useEffect(() => {
    let first = ""
    let firstAt = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault()
        openPalette()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (isTyping(event.target) || document.querySelector("[role=dialog]") || !singleKeysEnabled()) return
      if (event.key === "?") {
        openShortcuts()
        return
      }
      const pair = `${first} ${event.key}`
      const action =
        event.timeStamp - firstAt < PAIR_MS ? actions.find((a) => a.shortcut === pair) : undefined
      if (action) {
        event.preventDefault()
        first = ""
        runAction(action, context)
        return
      }
      first = event.key
      firstAt = event.timeStamp
    }
    window.addEventListener("keydown", onKey)
    return () => window.removeEventListener("keydown", onKey)
  }, [actions, context])
}
