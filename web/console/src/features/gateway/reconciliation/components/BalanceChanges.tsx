import Box from "@mui/material/Box"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { balanceChangesQuery } from "../queries"

const MONTH = /^20\d\d-(0[1-9]|1[0-2])$/

/** How balances moved in a month, against the ledger; nothing while no provider ever told one. */
export function BalanceChanges() {
  const { t } = useTranslation("reconciliation")
  const format = useFormat()
  const thisMonth = new Date().toISOString().slice(0, 7)
  const [month, setMonth] = useState(thisMonth)
  const wanted = MONTH.test(month) ? month : thisMonth
  const changes = useQuery(balanceChangesQuery(wanted))
  if (wanted === thisMonth && changes.data?.length === 0) return null
  return (
    <Panel title={t("balance.title")} hint={t("balance.hint")}>
      <TextField
        size="small"
        type="month"
        label={t("form.month")}
        value={month}
        onChange={(event) => setMonth(event.target.value)}
        slotProps={{ inputLabel: { shrink: true } }}
        sx={{ mb: 2 }}
      />
      {changes.error && <ProblemPanel error={changes.error} onRetry={() => void changes.refetch()} />}
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1 }}>
        {changes.data?.map((one) => (
          <Box
            component="li"
            key={`${one.provider}/${one.currency}`}
            sx={{ display: "flex", flexWrap: "wrap", columnGap: 1.5, rowGap: 0.5, alignItems: "center" }}
          >
            <strong>{one.provider}</strong>
            <StatusBadge tone={one.finding === "agrees" ? "good" : "warning"}>
              {t(`balance.findings.${one.finding}`)}
            </StatusBadge>
            <Typography variant="body2" className="tabular">
              {[
                t("balance.fell", { amount: format.money(one.fallen_nanos, one.currency) }),
                t("balance.ledger", { amount: format.money(one.ledger_nanos, one.currency) }),
                ...(one.raised_nanos
                  ? [t("balance.raised", { amount: format.money(one.raised_nanos, one.currency) })]
                  : []),
              ].join(" · ")}
            </Typography>
            <Typography variant="caption" color="textSecondary">
              {t("balance.since", {
                from: format.moment(one.first_at, "short"),
                to: format.moment(one.last_at, "short"),
              })}
            </Typography>
          </Box>
        ))}
      </Box>
    </Panel>
  )
}
