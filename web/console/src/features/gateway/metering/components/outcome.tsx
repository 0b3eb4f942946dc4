import Box from "@mui/material/Box"
import type { RequestSummary } from "@powerautomation/api-client"
import { StatusBadge, StatusDot } from "@powerautomation/design"
import { useTranslation } from "react-i18next"

const tones = { completed: "good", failed: "bad", refused: "warning", cancelled: "warning" } as const

interface OutcomeBadgeProps {
  request: Pick<RequestSummary, "outcome" | "status">
  /** In lists the usual outcome stays in the background, so that the others stand out. */
  quiet?: boolean
}

/** How a request ended, in words. */
export function OutcomeBadge({ request, quiet = false }: OutcomeBadgeProps) {
  const { t } = useTranslation("metering")
  if (quiet && request.outcome === "completed") {
    return (
      <Box
        component="span"
        sx={{
          display: "inline-flex",
          alignItems: "center",
          gap: 0.75,
          fontSize: "0.78125rem",
          color: "text.secondary",
        }}
      >
        <StatusDot tone="good" size={7} />
        {t("outcomes.completed")}
      </Box>
    )
  }
  return (
    <StatusBadge tone={tones[request.outcome]}>
      {t(`outcomes.${request.outcome}`)}
      {(request.outcome === "failed" || request.outcome === "refused") && request.status > 0
        ? ` ${request.status}`
        : ""}
    </StatusBadge>
  )
}

/** A mark for requests that the built-in demo model answered. */
export function DemoBadge() {
  const { t } = useTranslation("metering")
  return <StatusBadge tone="info">{t("demo")}</StatusBadge>
}
