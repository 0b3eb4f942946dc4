import { useSyncExternalStore } from "react"

/** Which of the two overlays of the shell is open. */
export type Overlay = "none" | "palette" | "shortcuts"

let overlay: Overlay = "none"
const listeners = new Set<() => void>()

function open(next: Overlay) {
  overlay = next
  for (const listener of listeners) listener()
}

export const openPalette = () => open("palette")
export const openShortcuts = () => open("shortcuts")
export const closeOverlay = () => open("none")

export function useOverlay(): Overlay {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => overlay,
  )
}
