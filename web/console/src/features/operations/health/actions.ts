import i18next from "i18next"
import { SlidersHorizontal, Stethoscope } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "health")

export const actions: readonly Action[] = [
  {
    id: "doctor",
    icon: Stethoscope,
    title: () => t()("doctor.title"),
    keywords: () => t()("doctor.keywords"),
    shortcut: "g d",
    to: "/doctor",
  },
  {
    id: "settings",
    icon: SlidersHorizontal,
    title: () => t()("settings.title"),
    keywords: () => t()("settings.keywords"),
    shortcut: "g s",
    to: "/settings",
  },
]
