import i18next from "i18next"
import { LogIn } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "single_sign_on")

export const actions: readonly Action[] = [
  {
    id: "single-sign-on",
    icon: LogIn,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/single-sign-on",
  },
]
