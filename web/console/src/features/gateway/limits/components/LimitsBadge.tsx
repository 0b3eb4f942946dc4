import Tooltip from "@mui/material/Tooltip"
import { StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { alarmsOf } from "../draft"
import { limitsQuery } from "../queries"

/** How many budgets are used up or nearly so, for the navigation; nothing while there is room in all of them. */
export function LimitsBadge() {
  const { t } = useTranslation("limits")
  const limits = useQuery({ ...limitsQuery, refetchInterval: 30_000 })
  const { reached, near } = alarmsOf(limits.data?.items ?? [])
  if (reached + near === 0) return null
  const words = [
    reached > 0 && t("alarms.reached", { count: reached }),
    near > 0 && t("alarms.near", { count: near }),
  ]
    .filter(Boolean)
    .join(" ")
  return (
    <Tooltip title={words}>
      <span role="img" aria-label={words}>
        <StatusBadge tone={reached > 0 ? "bad" : "warning"}>{reached + near}</StatusBadge>
      </span>
    </Tooltip>
  )
}
