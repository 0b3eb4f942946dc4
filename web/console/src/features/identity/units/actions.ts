import i18next from "i18next"
import { Network } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "units")

export const actions: readonly Action[] = [
  {
    id: "units",
    icon: Network,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/units",
  },
]
