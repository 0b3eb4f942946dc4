import type { Permission } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import english from "./messages/en.json"

const known: readonly string[] = Object.keys(english.permissions)

/** Return what a permission lets a person do; one we have no words for is told as the server does, in English. */
export function usePermissionWords(): (permission: Permission) => string {
  const { t } = useTranslation("roles")
  const words = t as unknown as (key: string) => string
  return ({ name, summary }) => {
    const key = name.replace(":", "_")
    return known.includes(key) ? words(`permissions.${key}`) : summary
  }
}
