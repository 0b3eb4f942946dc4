import i18next from "i18next"
import { ReceiptText } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "reconciliation")

export const actions: readonly Action[] = [
  {
    id: "reconciliations",
    icon: ReceiptText,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    shortcut: "g b",
    to: "/reconciliations",
  },
]
