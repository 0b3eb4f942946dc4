import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import type { Provider } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { changeOf, faultOf, type ModelDraft, modelDraft } from "../draft"
import { useChangeProvider } from "../queries"
import { ModelFields } from "./ModelFields"

/** Change the key, the rate or the models of a provider that was added here. */
export function EditProviderDialog({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { t } = useTranslation("providers")
  const id = useId()
  const [apiKey, setApiKey] = useState("")
  const [rate, setRate] = useState(provider.requests_per_second?.toString() ?? "")
  const [models, setModels] = useState<ModelDraft[]>(() =>
    // A list price follows the table; only a price that a person filled in is put into the form.
    provider.deployments.map((one) =>
      modelDraft(one.public_model, one.model, one.price?.source === "console" ? one.price : null),
    ),
  )
  const [touched, setTouched] = useState(false)
  const change = useChangeProvider(provider.id)
  const rateFault = rate.trim() !== "" && !/^[1-9]\d{0,6}$/.test(rate.trim())
  const body = changeOf(provider, { apiKey, rate, models: touched ? models : null })
  const ready =
    Object.keys(body).length > 0 &&
    !rateFault &&
    models.length > 0 &&
    models.every((model) => faultOf(model) === null)
  const save = () =>
    ready &&
    change.mutate(body, {
      onSuccess: () => {
        showToast(t("edit.done", { name: provider.name }))
        onClose()
      },
    })
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("edit.title", { name: provider.name })}</DialogTitle>
      <SafeForm onSubmit={save}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {change.error && <ProblemPanel error={change.error} />}
          <TextField
            label={t("edit.api_key")}
            type="password"
            autoComplete="off"
            value={apiKey}
            helperText={provider.key_hint ? t("edit.api_key_hint", { hint: provider.key_hint }) : undefined}
            onChange={(event) => setApiKey(event.target.value)}
          />
          <TextField
            label={t("rate")}
            value={rate}
            error={rateFault}
            helperText={t("rate_hint")}
            onChange={(event) => setRate(event.target.value)}
            slotProps={{ htmlInput: { inputMode: "numeric" } }}
          />
          <ModelFields
            models={models}
            onChange={(next) => {
              setTouched(true)
              setModels(next)
            }}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!ready} loading={change.isPending}>
            {t("edit.save")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
