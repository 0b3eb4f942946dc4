import { StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useEffect } from "react"
import { useTranslation } from "react-i18next"
import { waitingQuery } from "../queries"

/** How many requests wait for an answer, for the navigation; nothing while none does. */
export function WaitingBadge() {
  const { t } = useTranslation("requests")
  const waiting = useQuery(waitingQuery)
  const count = waiting.data?.items.length ?? 0
  if (count === 0) return null
  const words = t("waiting", { count })
  return (
    <span role="img" aria-label={words} title={words}>
      <StatusBadge tone="warning">
        {count}
        {waiting.data?.next_cursor ? "+" : ""}
      </StatusBadge>
    </span>
  )
}

/** Says in the browser's tab how many requests wait; draws nothing. */
export function WaitingTitle() {
  const waiting = useQuery(waitingQuery)
  const count = waiting.data?.items.length ?? 0
  useEffect(() => {
    const plain = document.title.replace(/^\(\d+\) /, "")
    document.title = count > 0 ? `(${count}) ${plain}` : plain
    return () => {
      document.title = plain
    }
  }, [count])
  return null
}
