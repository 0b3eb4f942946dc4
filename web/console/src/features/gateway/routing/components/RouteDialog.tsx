import Autocomplete from "@mui/material/Autocomplete"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Checkbox from "@mui/material/Checkbox"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { Route, RoutingTable } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { bodyOf, faultsOf, fieldsOf, policies, type RouteFields } from "../draft"
import { useSaveRoute } from "../queries"

interface RouteDialogProps {
  /** The stored route to change; null makes a new one. */
  route: Route | null
  table: RoutingTable
  onClose: () => void
}

/** Makes a route, or changes a stored one. */
export function RouteDialog({ route, table, onClose }: RouteDialogProps) {
  const { t } = useTranslation("routing")
  const id = useId()
  const [fields, setFields] = useState<RouteFields>(() => fieldsOf(route))
  const [tried, setTried] = useState(false)
  const save = useSaveRoute(route?.id)
  const faults = faultsOf(fields, Boolean(route?.split))
  const set = (some: Partial<RouteFields>) => setFields({ ...fields, ...some })
  const wrong = (field: keyof RouteFields) => tried && faults.has(field)
  const submit = () => {
    setTried(true)
    if (faults.size > 0 || save.isPending) return
    save.mutate(bodyOf(fields, route), {
      onSuccess: () => {
        showToast(t("edit.done", { name: fields.name.trim() }))
        onClose()
      },
    })
  }
  const code = { htmlInput: { spellCheck: false, autoCapitalize: "off", maxLength: 200 } }
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t(route ? "edit.title" : "edit.add")}</DialogTitle>
      <SafeForm onSubmit={submit}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {save.error && <ProblemPanel error={save.error} />}
          <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" }, alignItems: "start" }}>
            <TextField
              label={t("edit.name")}
              value={fields.name}
              error={wrong("name")}
              helperText={wrong("name") ? t("edit.needed") : undefined}
              onChange={(event) => set({ name: event.target.value })}
              slotProps={{ htmlInput: { maxLength: 100 } }}
              autoFocus
            />
            <TextField
              label={t("edit.pattern")}
              placeholder="claude-*"
              value={fields.pattern}
              error={wrong("pattern")}
              helperText={wrong("pattern") ? t("edit.needed") : t("edit.pattern_hint")}
              onChange={(event) => set({ pattern: event.target.value })}
              slotProps={code}
            />
          </Box>
          <TextField
            label={t("edit.when")}
            placeholder={'task_class == "background" && tokens < 8000'}
            value={fields.when}
            helperText={t("edit.when_hint", { names: table.variables.map((one) => one.name).join(", ") })}
            onChange={(event) => set({ when: event.target.value })}
            slotProps={{ htmlInput: { ...code.htmlInput, maxLength: 2000 } }}
            multiline
          />
          <TextField
            select
            label={t("edit.does")}
            value={fields.refuses ? "refuse" : "use"}
            onChange={(event) => set({ refuses: event.target.value === "refuse" })}
          >
            <MenuItem value="use">{t("edit.uses")}</MenuItem>
            <MenuItem value="refuse">{t("edit.refuses")}</MenuItem>
          </TextField>
          {fields.refuses ? (
            <TextField
              label={t("edit.refuse")}
              value={fields.refuse}
              error={wrong("refuse")}
              helperText={wrong("refuse") ? t("edit.needed") : t("edit.refuse_hint")}
              onChange={(event) => set({ refuse: event.target.value })}
              slotProps={{ htmlInput: { maxLength: 500 } }}
              multiline
            />
          ) : (
            <UseFields fields={fields} set={set} table={table} wrong={wrong} />
          )}
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" loading={save.isPending}>
            {t("edit.submit")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}

interface UseFieldsProps {
  fields: RouteFields
  set: (some: Partial<RouteFields>) => void
  table: RoutingTable
  wrong: (field: keyof RouteFields) => boolean
}

function UseFields({ fields, set, table, wrong }: UseFieldsProps) {
  const { t } = useTranslation("routing")
  return (
    <>
      <Autocomplete
        multiple
        options={table.models.map((model) => model.name)}
        value={[...fields.use]}
        onChange={(_, use) => set({ use })}
        renderInput={(parameters) => (
          <TextField
            {...parameters}
            label={t("edit.use")}
            error={wrong("use")}
            helperText={wrong("use") ? t("edit.needed") : t("edit.use_hint")}
          />
        )}
      />
      <TextField
        select
        label={t("edit.policy")}
        value={fields.policy}
        helperText={t(`policies.${fields.policy || "default"}.hint`)}
        onChange={(event) => set({ policy: event.target.value as RouteFields["policy"] })}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        {policies.map((one) => (
          <MenuItem key={one} value={one}>
            {t(`policies.${one || "default"}.name`)}
          </MenuItem>
        ))}
      </TextField>
      {fields.policy === "weighted" && fields.use.length > 0 && (
        <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" } }}>
          {fields.use.map((name) => (
            <TextField
              key={name}
              label={t("edit.weight", { name })}
              value={fields.weights[name] ?? "1"}
              error={wrong("weights") && !(Number((fields.weights[name] ?? "1").replace(",", ".")) > 0)}
              onChange={(event) => set({ weights: { ...fields.weights, [name]: event.target.value } })}
              slotProps={{ htmlInput: { inputMode: "decimal", maxLength: 10 } }}
            />
          ))}
        </Box>
      )}
      <FormControlLabel
        control={
          <Checkbox
            checked={fields.continueStreams}
            onChange={(event) => set({ continueStreams: event.target.checked })}
          />
        }
        label={t("edit.continue_streams")}
      />
    </>
  )
}
