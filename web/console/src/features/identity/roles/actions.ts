import i18next from "i18next"
import { ShieldCheck, ShieldPlus } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "roles")

export const actions: readonly Action[] = [
  {
    id: "roles",
    icon: ShieldCheck,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/roles",
  },
  {
    id: "roles.create",
    icon: ShieldPlus,
    title: () => t()("form.create"),
    keywords: () => t()("keywords"),
    to: "/roles?create=true",
  },
]
