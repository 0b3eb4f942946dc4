import i18next from "i18next"
import { ScrollText } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "audit")

export const actions: readonly Action[] = [
  {
    id: "audit",
    icon: ScrollText,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/audit",
  },
]
