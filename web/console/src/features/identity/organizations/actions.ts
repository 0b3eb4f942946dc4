import i18next from "i18next"
import { Building2, Plus } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "organizations")

export const actions: readonly Action[] = [
  {
    id: "organizations",
    icon: Building2,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/organizations",
  },
  {
    id: "organizations.create",
    icon: Plus,
    title: () => t()("form.create"),
    keywords: () => t()("keywords"),
    to: "/organizations?create=true",
  },
]
