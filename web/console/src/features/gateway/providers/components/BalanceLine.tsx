import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import { StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { BellRing, Wallet } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { useMay } from "~/auth/session"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { balancesQuery, useAskBalance } from "../queries"
import { ThresholdDialog } from "./ThresholdDialog"

/** What is left in the account, as the provider told it; nothing where no balance can be asked for. */
export function BalanceLine({ provider }: { provider: string }) {
  const { t } = useTranslation("providers")
  const format = useFormat()
  const enabled = useMay()("balances:read")
  const balance = useQuery({ ...balancesQuery, enabled }).data?.find((one) => one.provider === provider)
  const ask = useAskBalance(provider)
  const [open, setOpen] = useState(false)
  if (!balance) return null
  const { threshold } = balance
  const currency = balance.amounts[0]?.currency ?? ""
  const amounts = balance.amounts
    .map((one) => format.money(shownNanos(one.available_nanos), one.currency))
    .join(" + ")
  const facts = [
    balance.known_at !== null && t("balance.asked", { moment: format.moment(balance.known_at, "short") }),
    balance.lasts_days !== null &&
      t("balance.lasts", { formatted: format.count(Math.floor(balance.lasts_days)) }),
    currency !== "" &&
      t(threshold.source === "file" ? "balance.warns_file" : "balance.warns", {
        amount: format.money(shownNanos(threshold.nanos), currency),
        formatted: format.count(threshold.days),
      }),
    balance.code !== "" && t(`balance.${balance.code}`, { status: balance.status }),
  ].filter((fact) => fact !== false)
  return (
    <>
      <Box sx={{ mt: 0.75, display: "flex", flexWrap: "wrap", columnGap: 1, alignItems: "center" }}>
        {amounts && (
          <Typography variant="body2" className="tabular" sx={{ fontWeight: 560 }}>
            {t("balance.left", { amounts })}
          </Typography>
        )}
        {balance.low && <StatusBadge tone="warning">{t("balance.low")}</StatusBadge>}
        <Typography variant="caption" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
          {facts.join(" · ")}
        </Typography>
        <Allowed permission="balances:write">
          <Button
            size="small"
            color="inherit"
            startIcon={<Wallet size={14} />}
            loading={ask.isPending}
            onClick={() => ask.mutate()}
          >
            {t("balance.ask")}
          </Button>
        </Allowed>
        {threshold.source !== "file" && (
          <Allowed permission="balances:write">
            <Button
              size="small"
              color="inherit"
              startIcon={<BellRing size={14} />}
              onClick={() => setOpen(true)}
            >
              {t("balance.warn")}
            </Button>
          </Allowed>
        )}
      </Box>
      {open && <ThresholdDialog balance={balance} onClose={() => setOpen(false)} />}
      {ask.error && <ProblemPanel error={ask.error} />}
    </>
  )
}

/** Return an amount that can be written exactly: what is more than nine million units is written as that. */
export function shownNanos(nanos: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, nanos))
}
