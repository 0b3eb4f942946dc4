import i18next from "i18next"
import { UserPlus, Users } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "people")

export const actions: readonly Action[] = [
  {
    id: "people",
    icon: Users,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g e",
    to: "/people",
  },
  {
    id: "people.invite",
    icon: UserPlus,
    title: () => t()("invite.title"),
    keywords: () => t()("invite.keywords"),
    to: "/people?invite=true",
  },
]
