import i18next from "i18next"
import { Flag, FlagTriangleRight } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "flags")

export const actions: readonly Action[] = [
  { id: "flags", icon: Flag, title: () => t()("title"), keywords: () => t()("keywords"), to: "/flags" },
  {
    id: "flags.create",
    icon: FlagTriangleRight,
    title: () => t()("form.create"),
    keywords: () => t()("keywords"),
    to: "/flags?create=true",
  },
]
