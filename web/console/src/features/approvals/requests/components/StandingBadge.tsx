import { StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { RouterLink } from "~/display"
import { automaticQuery, memoriesQuery } from "../queries"

/** On every page: how many remembered answers say yes by themselves, or that nothing does. */
export function StandingBadge() {
  const { t } = useTranslation("requests")
  const automatic = useQuery(automaticQuery).data?.automatic
  const count = useQuery(memoriesQuery).data?.length ?? 0
  if (automatic === undefined || (automatic && count === 0)) return null
  return (
    <RouterLink
      to="/approvals"
      underline="none"
      sx={{ display: { xs: "none", md: "inline-flex" }, alignItems: "center", minHeight: 24 }}
    >
      <StatusBadge tone={automatic ? "neutral" : "warning"}>
        {automatic ? t("memories.count", { count }) : t("automatic.off")}
      </StatusBadge>
    </RouterLink>
  )
}
