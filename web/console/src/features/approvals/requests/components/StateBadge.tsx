import type { Approval } from "@powerautomation/api-client"
import { StatusBadge, type Tone } from "@powerautomation/design"
import { useTranslation } from "react-i18next"

const tones: Record<Approval["state"], Tone> = {
  pending: "info",
  approved: "good",
  reserved: "busy",
  succeeded: "good",
  failed: "bad",
  outcome_unknown: "warning",
  denied: "bad",
  expired: "neutral",
  cancelled: "neutral",
  void: "warning",
}

/** What became of a request, and whether a rule or a remembered answer said so. */
export function StateBadge({ approval }: { approval: Approval }) {
  const { t } = useTranslation("requests")
  return (
    <>
      <StatusBadge tone={tones[approval.state]}>{t(`states.${approval.state}`)}</StatusBadge>
      {approval.automatic_by !== "" && (
        <StatusBadge tone="neutral">
          {approval.automatic_by === "rule" ? t("by_rule") : t("by_memory")}
        </StatusBadge>
      )}
    </>
  )
}
