import i18next from "i18next"
import { ChartNoAxesColumn, CircleX, ListTree, Sigma } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "metering")

export const actions: readonly Action[] = [
  {
    id: "overview",
    icon: ChartNoAxesColumn,
    title: () => t()("overview.title"),
    keywords: () => t()("overview.keywords"),
    shortcut: "g o",
    to: "/",
  },
  {
    id: "usage",
    icon: Sigma,
    title: () => t()("usage.title"),
    keywords: () => t()("usage.keywords"),
    shortcut: "g u",
    to: "/usage",
  },
  {
    id: "requests",
    icon: ListTree,
    title: () => t()("requests.title"),
    keywords: () => t()("requests.keywords"),
    shortcut: "g r",
    to: "/requests",
  },
  {
    id: "requests.failed",
    icon: CircleX,
    title: () => t()("requests.failed_action"),
    keywords: () => t()("requests.failed_keywords"),
    to: "/requests?outcome=failed",
  },
]
