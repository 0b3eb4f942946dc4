import i18next from "i18next"
import { Plug, Server } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "providers")

export const actions: readonly Action[] = [
  {
    id: "providers",
    icon: Server,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g p",
    to: "/providers",
  },
  {
    id: "providers.add",
    icon: Plug,
    title: () => t()("add.title"),
    keywords: () => t()("add.keywords"),
    to: "/providers?add=true",
  },
]
