import i18next from "i18next"
import { Tags } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "prices")

export const actions: readonly Action[] = [
  {
    id: "prices",
    icon: Tags,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g m",
    to: "/prices",
  },
]
