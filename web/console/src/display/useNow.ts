import { useEffect, useState } from "react"

/** The present (ms since the epoch), renewed every `interval` milliseconds while the tab can be seen. */
export function useNow(interval: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") setNow(Date.now())
    }, interval)
    return () => clearInterval(timer)
  }, [interval])
  return now
}
