import i18next from "i18next"
import { ClipboardCheck } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "compliance")

export const actions: readonly Action[] = [
  {
    id: "compliance",
    icon: ClipboardCheck,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/compliance",
  },
]
