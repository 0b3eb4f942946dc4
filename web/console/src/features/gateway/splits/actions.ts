import i18next from "i18next"
import { FlaskConical } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "splits")

export const actions: readonly Action[] = [
  {
    id: "splits",
    icon: FlaskConical,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g x",
    to: "/splits",
  },
]
