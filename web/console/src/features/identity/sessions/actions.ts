import i18next from "i18next"
import { LogOut, MonitorSmartphone, UserRound } from "lucide-react"
import type { Action } from "~/actions"
import { forgetSession } from "~/auth/session"
import { api } from "~/server"

const t = () => i18next.getFixedT(null, "sessions")

/** End the session here and on the server, then show the sign-in page. */
export async function signOut(navigate: (to: string) => void): Promise<void> {
  try {
    await api.session.signOut()
  } finally {
    navigate("/sign-in")
    forgetSession()
  }
}

export const actions: readonly Action[] = [
  {
    id: "account",
    icon: UserRound,
    title: () => t()("account.title"),
    keywords: () => t()("account.keywords"),
    shortcut: "g a",
    to: "/account",
  },
  {
    id: "sessions",
    icon: MonitorSmartphone,
    title: () => t()("mine.title"),
    keywords: () => t()("mine.keywords"),
    to: "/sessions",
  },
  {
    id: "sign-out",
    icon: LogOut,
    title: () => t()("sign_out"),
    keywords: () => t()("sign_out_keywords"),
    run: ({ navigate }) => void signOut(navigate),
  },
]
