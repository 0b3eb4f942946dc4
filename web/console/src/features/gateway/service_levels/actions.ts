import i18next from "i18next"
import { ShieldCheck } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "service_levels")

export const actions: readonly Action[] = [
  {
    id: "service-levels",
    icon: ShieldCheck,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g v",
    to: "/service-levels",
  },
]
