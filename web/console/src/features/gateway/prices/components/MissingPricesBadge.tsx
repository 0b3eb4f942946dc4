import Tooltip from "@mui/material/Tooltip"
import { StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { missingQuery } from "../queries"

/** How many models are used that have no price, for the navigation; nothing while every model has one. */
export function MissingPricesBadge() {
  const { t } = useTranslation("prices")
  const count = useQuery(missingQuery).data?.length ?? 0
  if (count === 0) return null
  const words = t("missing_badge", { count })
  return (
    <Tooltip title={words}>
      <span role="img" aria-label={words}>
        <StatusBadge tone="warning">{count}</StatusBadge>
      </span>
    </Tooltip>
  )
}
