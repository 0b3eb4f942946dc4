import type { Limit } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { useWords } from "./useWords"

type Named = Pick<Limit, "measure" | "window" | "amount" | "currency" | "subject_kind" | "subject_name">

/** A limit as another screen names it: what it lets through and for whom, and amounts of it. */
export function useLimitWords() {
  const { t } = useTranslation("limits")
  const words = useWords()
  return {
    limit: (limit: Named) =>
      `${words.limit(limit)} ${t(`for.${limit.subject_kind}`, { name: limit.subject_name })}`,
    amount: (limit: Named, value: number) => words.amount(limit, value),
  }
}
