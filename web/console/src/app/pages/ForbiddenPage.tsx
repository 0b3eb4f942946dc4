import { EmptyState, PageHeader } from "@powerautomation/design"
import { Navigate } from "@tanstack/react-router"
import { Lock } from "lucide-react"
import { useTranslation } from "react-i18next"
import type { Action } from "~/actions"
import { RouterButton } from "~/display"
import { neededFor } from "../access"
import { navigation } from "../shell/navigation"

/** Stands where a page would be that the person's role does not include, and says so. The front page leads on. */
export function ForbiddenPage({ path, actions }: { path: string; actions: readonly Action[] }) {
  const { t } = useTranslation("shell")
  const first = navigation
    .flatMap((group) => group.actions)
    .flatMap((id) => actions.find((action) => action.id === id)?.to ?? [])[0]
  const elsewhere = first ?? "/account"
  if (path === "/") return <Navigate to={elsewhere} replace />
  return (
    <>
      <PageHeader title={t("forbidden.title")} />
      <EmptyState
        icon={<Lock size={24} />}
        title={t("forbidden.title")}
        text={t("forbidden.text", { permission: neededFor(path) })}
        action={
          <RouterButton to={elsewhere} variant="contained">
            {t("forbidden.action")}
          </RouterButton>
        }
      />
    </>
  )
}
