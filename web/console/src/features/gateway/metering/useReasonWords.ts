import type { RequestDetail } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import { reasonSentences, taskName } from "./reason"

/** Why a request went, or would go, where it did: sentences and kinds of work in the reader's language. */
export function useReasonWords() {
  const { t } = useTranslation("metering")
  const format = useFormat()
  return {
    /** Sentences, one for each part; the server's own English one where a part is not known here. */
    sentences: (parts: RequestDetail["reason_parts"], english: string): readonly string[] =>
      reasonSentences(parts, t, format.count, format.price) ?? (english ? [english] : []),
    task: (name: string) => taskName(name, t),
  }
}
