import { useEffect } from "react"
import { type Action, type ActionContext, runAction } from "~/actions"
import { isTyping, PAIR_MS, singleKeysEnabled } from "~/actions/keys"
import { openPalette, openShortcuts } from "./state"

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
