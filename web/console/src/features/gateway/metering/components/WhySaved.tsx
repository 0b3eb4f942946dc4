import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import { useQuery } from "@tanstack/react-query"
import { ArrowRight } from "lucide-react"
import { useTranslation } from "react-i18next"
import { RouterLink } from "~/display"
import { useFormat } from "~/i18n/useFormat"
import { largestSavingOf, type Sum } from "../ledger"
import type { Period } from "../period"
import { newestQuery } from "../queries"

/** Below the sentence: how many requests were answered, what the saving is measured against, and one click to a why. */
export function WhySaved({ sum, currency, period }: { sum: Sum; currency: string; period: Period }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const { from, to } = period
  const newest = useQuery(newestQuery({ from, to, outcome: "completed" }))
  const example = largestSavingOf(newest.data?.items ?? [], currency)
  const answered = sum.requests - sum.failed
  return (
    <Box
      sx={{
        mt: 2,
        pt: 2,
        borderTop: 1,
        borderColor: "divider",
        display: "grid",
        gap: 0.75,
        fontSize: "0.875rem",
      }}
    >
      <Typography variant="body2" color="textSecondary">
        {t("proof.answered", {
          count: sum.requests,
          answered: format.count(answered),
          all: format.count(sum.requests),
        })}
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {t("proof.baseline")}
      </Typography>
      {example && (
        <RouterLink
          to="/requests/$requestId"
          params={{ requestId: example.id }}
          underline="always"
          sx={{ fontWeight: 600, overflowWrap: "anywhere", width: "fit-content" }}
        >
          {t("proof.example", {
            model: example.requested_model,
            deployment: example.deployment ?? t("proof.kept_answer"),
            saved: format.money(example.savings_nanos, currency),
          })}
          <ArrowRight size={15} aria-hidden style={{ verticalAlign: "-2px", marginLeft: 6 }} />
        </RouterLink>
      )}
    </Box>
  )
}
