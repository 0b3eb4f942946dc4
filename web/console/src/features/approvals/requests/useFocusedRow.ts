import { useEffect, useRef, useState } from "react"
import { rowId } from "./components/ApprovalRow"
import { createGuard } from "./deciding"
import { following, stepped } from "./keyboard"

/** Which request of the list the keys are for. It is known by its id, so that newcomers above it change nothing. */
export function useFocusedRow(ids: readonly string[]) {
  const [current, setCurrent] = useState<string | null>(null)
  const [moved] = useState(() => createGuard())
  const [answered] = useState(() => createGuard())
  const wanted = useRef<string | null>(null)
  const known = ids.join(" ")
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs whenever rows move under the pointer
  useEffect(() => moved.touch(), [known, moved])
  // What is wanted may only now be on the screen.
  useEffect(() => {
    const id = wanted.current
    if (id === null) return
    const element = document.getElementById(rowId(id))
    if (!element) return
    wanted.current = null
    element.focus()
    element.scrollIntoView({ block: "nearest" })
  })
  const focus = (id: string | null) => {
    wanted.current = id
    setCurrent(id)
  }
  return {
    current: current !== null && ids.includes(current) ? current : null,
    focus,
    /** An answer was given just now; what follows so soon was meant for the one that is gone. */
    noteAnswer: answered.touch,
    isSettled: answered.isSettled,
    /** Whether what is under the pointer has been there for a moment. */
    isStill: () => moved.isSettled() && answered.isSettled(),
    noticed: setCurrent,
    after: (id: string) => following(ids, id),
    step: (by: 1 | -1, from?: string) => {
      const to = stepped(ids, from ?? current, by)
      // An open request covers the list: the focus stays in it.
      if (from === undefined) focus(to)
      else setCurrent(to)
      return to
    },
  }
}

export type FocusedRow = ReturnType<typeof useFocusedRow>
