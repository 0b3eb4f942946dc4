import i18next from "i18next"
import { Gauge } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "limits")

export const actions: readonly Action[] = [
  {
    id: "limits",
    icon: Gauge,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g l",
    to: "/limits",
  },
]
