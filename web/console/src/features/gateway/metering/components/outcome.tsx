import type { RequestSummary } from "@powerautomation/api-client"
import { StatusBadge } from "@powerautomation/design"
import { useTranslation } from "react-i18next"

const tones = { completed: "good", failed: "bad", cancelled: "warning" } as const

/** How a request ended, in words. */
export function OutcomeBadge({ request }: { request: Pick<RequestSummary, "outcome" | "status"> }) {
  const { t } = useTranslation("metering")
  return (
    <StatusBadge tone={tones[request.outcome]}>
      {t(`outcomes.${request.outcome}`)}
      {request.outcome === "failed" && request.status > 0 ? ` ${request.status}` : ""}
    </StatusBadge>
  )
}

/** A mark for requests that the built-in demo model answered. */
export function DemoBadge() {
  const { t } = useTranslation("metering")
  return <StatusBadge tone="info">{t("demo")}</StatusBadge>
}
