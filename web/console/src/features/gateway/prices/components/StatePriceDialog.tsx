import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { MissingPrice } from "@powerautomation/api-client"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { isAmount, priceFile } from "../priceFile"
import { useImportPrices } from "../queries"

const currencies = ["USD", "CNY", "EUR"] as const
const amounts = ["input", "cached_input", "output"] as const

interface StatePriceDialogProps {
  /** Without a provider it is the list price of a name that clients ask for; that name can be changed. */
  missing: Pick<MissingPrice, "provider" | "vendor" | "model">
  onClose: () => void
}

/** State what a model costs; the next requests are charged at it or compared with it, those of the past stay as they are. */
export function StatePriceDialog({ missing, onClose }: StatePriceDialogProps) {
  const { t } = useTranslation("prices")
  const id = useId()
  const [currency, setCurrency] = useState<string>("USD")
  const [typed, setTyped] = useState({ input: "", cached_input: "", output: "" })
  const [name, setName] = useState(missing.model)
  const save = useImportPrices()
  const wrong = (name: (typeof amounts)[number]) => typed[name].trim() !== "" && !isAmount(typed[name])
  const ready =
    name.trim() !== "" &&
    typed.input.trim() !== "" &&
    typed.output.trim() !== "" &&
    !amounts.some((name) => wrong(name))
  const submit = () => {
    const { vendor } = missing
    const model = name.trim()
    const content = priceFile({ vendor, model, currency, source: t("state.source"), ...typed })
    save.mutate(
      { file_name: "stated.csv", content, dry_run: false },
      {
        onSuccess: () => {
          showToast(t("state.done", { model }))
          onClose()
        },
      },
    )
  }
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby={id}>
      <Box
        component="form"
        noValidate
        onSubmit={(event: React.FormEvent) => {
          event.preventDefault()
          if (ready) submit()
        }}
      >
        <DialogTitle id={id} sx={{ overflowWrap: "anywhere" }}>
          {missing.model ? t("state.title", { model: missing.model }) : t("state.action")}
        </DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          <Typography variant="body2" color="textSecondary">
            {missing.provider ? t("state.text", { provider: missing.provider }) : t("state.asked_text")}
          </Typography>
          {!missing.provider && (
            <TextField
              size="small"
              label={t("state.model")}
              value={name}
              required
              autoFocus={missing.model === ""}
              slotProps={{ htmlInput: { maxLength: 200 } }}
              onChange={(event) => setName(event.target.value)}
            />
          )}
          <TextField
            select
            size="small"
            label={t("state.currency")}
            value={currency}
            onChange={(event) => setCurrency(event.target.value)}
          >
            {currencies.map((one) => (
              <MenuItem key={one} value={one}>
                {one}
              </MenuItem>
            ))}
          </TextField>
          {amounts.map((name) => (
            <TextField
              key={name}
              size="small"
              label={t(name)}
              value={typed[name]}
              required={name !== "cached_input"}
              error={wrong(name)}
              helperText={
                wrong(name) ? t("state.wrong") : name === "cached_input" ? t("state.cached_hint") : undefined
              }
              slotProps={{ htmlInput: { inputMode: "decimal" } }}
              onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
            />
          ))}
          {save.error && <ProblemPanel error={save.error} />}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} color="inherit">
            {t("state.cancel")}
          </Button>
          <Button type="submit" variant="contained" disabled={!ready} loading={save.isPending}>
            {t("state.submit")}
          </Button>
        </DialogActions>
      </Box>
    </Dialog>
  )
}
