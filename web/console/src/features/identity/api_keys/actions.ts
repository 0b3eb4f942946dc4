import i18next from "i18next"
import { KeyRound, Plus } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "api_keys")

export const actions: readonly Action[] = [
  {
    id: "api-keys",
    icon: KeyRound,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g k",
    to: "/api-keys",
  },
  {
    id: "api-keys.create",
    icon: Plus,
    title: () => t()("create.title"),
    keywords: () => t()("create.keywords"),
    to: "/api-keys?create=true",
  },
]
