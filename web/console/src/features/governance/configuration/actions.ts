import i18next from "i18next"
import { History } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "configuration")

export const actions: readonly Action[] = [
  {
    id: "configuration",
    icon: History,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/configuration",
  },
]
