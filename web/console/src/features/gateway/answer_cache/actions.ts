import i18next from "i18next"
import { DatabaseZap } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "answer_cache")

export const actions: readonly Action[] = [
  {
    id: "answer-cache",
    icon: DatabaseZap,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g c",
    to: "/answer-cache",
  },
]
