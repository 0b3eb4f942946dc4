import i18next from "i18next"
import { FileLock2, FilePlus2 } from "lucide-react"
import type { Action } from "~/actions"

const t = () => i18next.getFixedT(null, "policies")

export const actions: readonly Action[] = [
  {
    id: "policies",
    icon: FileLock2,
    title: () => t()("title"),
    keywords: () => t()("keywords"),
    to: "/policies",
  },
  {
    id: "policies.create",
    icon: FilePlus2,
    title: () => t()("form.create"),
    keywords: () => t()("keywords"),
    to: "/policies?create=true",
  },
]
