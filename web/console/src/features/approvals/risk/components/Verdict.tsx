import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { RiskAnswer } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { LevelBadge, RiskDetails } from "~/display"
import { modes } from "../draft"

/** What something would be: its level, what a yes needs, and why. */
export function Verdict({ found }: { found: RiskAnswer }) {
  const { t } = useTranslation("risk")
  return (
    <Box sx={{ display: "grid", gap: 2, minWidth: 0 }}>
      <Box sx={{ display: "flex", gap: 1.5, alignItems: "center", flexWrap: "wrap" }}>
        <LevelBadge level={found.denied ? "DENY" : found.level} />
        <Typography variant="body2" color="textSecondary">
          {found.denied ? t("verdict.denied") : needs()}
        </Typography>
      </Box>
      <RiskDetails found={found} />
    </Box>
  )

  function needs(): string {
    const { demand } = found
    const mode = modes.find((one) => one === demand.mode) ?? "simple"
    return [
      t(`modes.${mode}`),
      mode !== "automatic" &&
        t("verdict.timeout", { count: Math.max(1, Math.round(demand.timeout_seconds / 60)) }),
      demand.approver_role && t("verdict.role", { role: demand.approver_role }),
      demand.reason_required && t("rule.reason_required"),
      demand.second_person && t("rule.second_person"),
    ]
      .filter(Boolean)
      .join(" · ")
  }
}
