import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { Balance } from "@powerautomation/api-client"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { useSetThreshold } from "../queries"
import { typedNumber } from "../threshold"

const MOST_UNITS = 1_000_000
const MOST_DAYS = 365
const NANOS = 1_000_000_000

/** Say below what the balance of one provider is low; what is left empty is what holds for all. */
export function ThresholdDialog({ balance, onClose }: { balance: Balance; onClose: () => void }) {
  const { t } = useTranslation("providers")
  const id = useId()
  const own = balance.threshold.source === "console"
  const [amount, setAmount] = useState(own ? String(balance.threshold.nanos / NANOS) : "")
  const [days, setDays] = useState(own ? String(balance.threshold.days) : "")
  const save = useSetThreshold(balance.provider)
  const units = typedNumber(amount, MOST_UNITS)
  const lasting = typedNumber(days, MOST_DAYS)
  const currency = balance.amounts[0]?.currency
  const name = balance.provider
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby={id}>
      <Box
        component="form"
        noValidate
        onSubmit={(event: React.FormEvent) => {
          event.preventDefault()
          if (units === undefined || lasting === undefined) return
          save.mutate(
            { nanos: units === null ? null : Math.round(units * NANOS), days: lasting },
            {
              onSuccess: () => {
                showToast(t("balance.warn_done", { name }))
                onClose()
              },
            },
          )
        }}
      >
        <DialogTitle id={id} sx={{ overflowWrap: "anywhere" }}>
          {t("balance.warn_title", { name })}
        </DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          <Typography variant="body2" color="textSecondary">
            {t("balance.warn_text")}
          </Typography>
          <TextField
            size="small"
            label={currency ? t("balance.warn_amount", { currency }) : t("balance.warn_amount_any")}
            value={amount}
            error={units === undefined}
            helperText={units === undefined ? t("balance.warn_wrong") : undefined}
            slotProps={{ htmlInput: { inputMode: "decimal" } }}
            onChange={(event) => setAmount(event.target.value)}
          />
          <TextField
            size="small"
            label={t("balance.warn_days")}
            value={days}
            error={lasting === undefined}
            helperText={lasting === undefined ? t("balance.warn_wrong_days") : undefined}
            slotProps={{ htmlInput: { inputMode: "decimal" } }}
            onChange={(event) => setDays(event.target.value)}
          />
          {save.error && <ProblemPanel error={save.error} />}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} color="inherit">
            {t("cancel", { ns: "common" })}
          </Button>
          <Button
            type="submit"
            variant="contained"
            disabled={units === undefined || lasting === undefined}
            loading={save.isPending}
          >
            {t("balance.warn_submit")}
          </Button>
        </DialogActions>
      </Box>
    </Dialog>
  )
}
