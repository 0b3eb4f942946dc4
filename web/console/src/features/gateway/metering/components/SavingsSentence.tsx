import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import { ProportionBar, percentOf } from "@powerautomation/design"
import { shownDifference } from "@powerautomation/design/format"
import { Trans, useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import type { Sum } from "../ledger"

/** The sentence by which the product is judged: what was spent, what it would have cost, what was saved. */
export function SavingsSentence({ sum, currency }: { sum: Sum; currency: string }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  if (sum.baseline_nanos === 0) {
    return (
      <Typography variant="h2" component="p" className="tabular">
        {t("sentence.uncompared", { spent: format.money(sum.spent_nanos, currency) })}
      </Typography>
    )
  }
  const loss = sum.savings_nanos < 0
  const percent = percentOf(Math.abs(sum.savings_nanos), sum.baseline_nanos)
  const values = {
    spent: format.money(sum.cost_nanos, currency),
    baseline: format.money(sum.baseline_nanos, currency),
    saved: format.money(Math.abs(shownDifference(sum.baseline_nanos, sum.cost_nanos)), currency),
    percent: percent === null ? "" : format.percent(percent),
  }
  return (
    <Box>
      <Typography
        component="p"
        className="tabular"
        sx={{
          fontSize: { xs: "1.25rem", md: "1.5rem" },
          lineHeight: 1.4,
          fontWeight: 480,
          letterSpacing: "-0.018em",
          mb: 2,
          "& strong": { fontWeight: 680 },
          "& em": { fontStyle: "normal", fontWeight: 680, color: loss ? "ledger.loss" : "success.main" },
        }}
      >
        <Trans
          t={t}
          i18nKey={loss ? "sentence.loss" : "sentence.saved"}
          values={values}
          components={{ strong: <strong />, em: <em /> }}
        />
      </Typography>
      <ProportionBar
        height={12}
        label={`${t("spent")} ${values.spent}, ${loss ? t("lost") : t("saved")} ${values.saved}`}
        parts={[
          { value: loss ? sum.baseline_nanos : sum.cost_nanos, color: "ledger.spent", label: t("spent") },
          loss
            ? { value: -sum.savings_nanos, color: "ledger.loss", label: t("lost") }
            : { value: sum.savings_nanos, color: "ledger.saved", label: t("saved") },
        ]}
      />
      <Box sx={{ display: "flex", gap: 2.5, mt: 1, fontSize: "0.78125rem", color: "text.secondary" }}>
        <Legend color="ledger.spent" name={t("spent")} />
        {loss ? (
          <Legend color="ledger.loss" name={t("lost")} />
        ) : (
          <Legend color="ledger.saved" name={t("saved_long")} />
        )}
      </Box>
    </Box>
  )
}

function Legend({ color, name }: { color: string; name: string }) {
  return (
    <Box component="span" sx={{ display: "inline-flex", alignItems: "center", gap: 0.75 }}>
      <Box component="span" aria-hidden sx={{ width: 10, height: 10, borderRadius: "3px", bgcolor: color }} />
      {name}
    </Box>
  )
}
