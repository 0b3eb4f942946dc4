import i18next from "i18next"
import { ShieldQuestion } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "risk")

export const actions: readonly Action[] = [
  {
    id: "approval-rules",
    icon: ShieldQuestion,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/approval-rules",
  },
]
