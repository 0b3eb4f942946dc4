import { useEffect, useState } from "react"

const SETTLED_MS = 400

/** Return a value once it has stayed the same for a moment: what is typed is not asked about letter by letter. */
export function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value)
  const key = JSON.stringify(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(key) as Value), SETTLED_MS)
    return () => clearTimeout(timer)
  }, [key])
  return settled
}
