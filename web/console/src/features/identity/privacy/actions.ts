import i18next from "i18next"
import { ShieldCheck } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "privacy")

export const actions: readonly Action[] = [
  {
    id: "privacy",
    icon: ShieldCheck,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/privacy",
  },
]
