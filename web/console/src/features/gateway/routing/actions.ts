import i18next from "i18next"
import { Route } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "routing")

export const actions: readonly Action[] = [
  {
    id: "routes",
    icon: Route,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g t",
    to: "/routes",
  },
]
