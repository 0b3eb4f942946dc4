import i18next from "i18next"
import { ShieldCheck } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "requests")

export const actions: readonly Action[] = [
  {
    id: "approvals",
    icon: ShieldCheck,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g i",
    to: "/approvals",
  },
]
