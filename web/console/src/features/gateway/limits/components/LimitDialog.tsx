import Autocomplete from "@mui/material/Autocomplete"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { Limit } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import {
  changeOf,
  currencies,
  draftOf,
  faultsOf,
  fieldsOf,
  isBudget,
  kinds,
  type LimitFields,
  measures,
  subjectsOf,
  windows,
} from "../draft"
import { subjectsQuery, unitsQuery, useChangeLimit, useCreateLimit } from "../queries"

interface LimitDialogProps {
  /** The limit to change; null makes a new one. */
  limit: Limit | null
  /** The key a new limit is for, when it was asked for from there. */
  keyId?: string
  onClose: () => void
}

/** Makes a limit, or changes how much one lets through. */
export function LimitDialog({ limit, keyId, onClose }: LimitDialogProps) {
  const { t } = useTranslation("limits")
  const id = useId()
  const [fields, setFields] = useState<LimitFields>(() => fieldsOf(limit, keyId))
  const [tried, setTried] = useState(false)
  const create = useCreateLimit()
  const change = useChangeLimit(limit?.id ?? "")
  const faults = faultsOf(fields)
  const set = (some: Partial<LimitFields>) => setFields({ ...fields, ...some })
  const done = () => {
    showToast(t(limit ? "edit.done" : "add.done"))
    onClose()
  }
  const submit = () => {
    setTried(true)
    if (faults.size > 0 || create.isPending || change.isPending) return
    if (limit) change.mutate(changeOf(fields), { onSuccess: done })
    else create.mutate(draftOf(fields), { onSuccess: done })
  }
  const error = create.error ?? change.error
  const rolling = fields.measure !== "concurrency" && !isBudget(fields)
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t(limit ? "edit.title" : "add.title")}</DialogTitle>
      <SafeForm onSubmit={submit}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {error && <ProblemPanel error={error} />}
          {!limit && <SubjectFields fields={fields} set={set} faulty={tried && faults.has("subject")} />}
          {!limit && (
            <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" } }}>
              <TextField
                select
                label={t("measure")}
                value={fields.measure}
                onChange={(event) => set({ measure: event.target.value as LimitFields["measure"] })}
              >
                {measures.map((one) => (
                  <MenuItem key={one} value={one}>
                    {t(`measures.${one}`)}
                  </MenuItem>
                ))}
              </TextField>
              {fields.measure !== "concurrency" && (
                <TextField
                  select
                  label={t("window")}
                  value={fields.window}
                  onChange={(event) => set({ window: event.target.value as LimitFields["window"] })}
                  helperText={t(rolling ? "window_rolling" : "window_calendar")}
                >
                  {windows.map((one) => (
                    <MenuItem key={one} value={one}>
                      {t(`windows.${one}`)}
                    </MenuItem>
                  ))}
                </TextField>
              )}
            </Box>
          )}
          <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" } }}>
            <TextField
              label={t("amount")}
              value={fields.amount}
              error={(tried || fields.amount !== "") && faults.has("amount")}
              helperText={
                (tried || fields.amount !== "") && faults.has("amount") ? t("amount_wrong") : undefined
              }
              onChange={(event) => set({ amount: event.target.value })}
              slotProps={{ htmlInput: { inputMode: "decimal", maxLength: 30 } }}
              autoFocus={limit !== null}
            />
            {fields.measure === "money" && (
              <TextField
                select
                label={t("currency")}
                value={fields.currency}
                disabled={limit !== null}
                onChange={(event) => set({ currency: event.target.value })}
              >
                {[...new Set([...currencies, fields.currency])].map((one) => (
                  <MenuItem key={one} value={one}>
                    {one}
                  </MenuItem>
                ))}
              </TextField>
            )}
          </Box>
          {rolling && (
            <TextField
              label={t("burst_label")}
              value={fields.burst}
              error={faults.has("burst")}
              helperText={t("burst_hint")}
              onChange={(event) => set({ burst: event.target.value })}
              slotProps={{ htmlInput: { inputMode: "decimal", maxLength: 30 } }}
            />
          )}
          {isBudget(fields) && (
            <TextField
              label={t("warn")}
              value={fields.warn}
              error={faults.has("warn")}
              helperText={t("warn_hint")}
              onChange={(event) => set({ warn: event.target.value })}
              slotProps={{ htmlInput: { maxLength: 60 } }}
            />
          )}
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" loading={create.isPending || change.isPending}>
            {t(limit ? "edit.submit" : "add.submit")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}

interface SubjectFieldsProps {
  fields: LimitFields
  set: (some: Partial<LimitFields>) => void
  faulty: boolean
}

function SubjectFields({ fields, set, faulty }: SubjectFieldsProps) {
  const { t } = useTranslation("limits")
  const apiKeys = useQuery(subjectsQuery)
  const units = useQuery({ ...unitsQuery, enabled: fields.kind === "unit" })
  const subjects = fields.kind === "unit" ? (units.data ?? []) : subjectsOf(apiKeys.data ?? [], fields.kind)
  const known = fields.kind === "unit" ? units.data : apiKeys.data
  return (
    <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" }, alignItems: "start" }}>
      <TextField
        select
        label={t("kind")}
        value={fields.kind}
        onChange={(event) => set({ kind: event.target.value as LimitFields["kind"], subject: "" })}
      >
        {kinds.map((one) => (
          <MenuItem key={one} value={one}>
            {t(`kinds.${one}`)}
          </MenuItem>
        ))}
      </TextField>
      {fields.kind === "project" && (
        <Autocomplete
          freeSolo
          options={subjects.map((one) => one.id)}
          inputValue={fields.subject}
          onInputChange={(_, value) => set({ subject: value })}
          renderInput={(parameters) => (
            <TextField
              {...parameters}
              label={t("kinds.project")}
              error={faulty}
              helperText={t("project_hint")}
            />
          )}
        />
      )}
      {(fields.kind === "key" || fields.kind === "person" || fields.kind === "unit") && (
        <TextField
          select
          label={t(`kinds.${fields.kind}`)}
          value={subjects.some((one) => one.id === fields.subject) ? fields.subject : ""}
          error={faulty}
          helperText={
            known && subjects.length === 0
              ? t("no_subject")
              : fields.kind === "unit"
                ? t("unit_hint")
                : undefined
          }
          onChange={(event) => set({ subject: event.target.value })}
        >
          {subjects.map((one) => (
            <MenuItem key={one.id} value={one.id}>
              {one.name}
            </MenuItem>
          ))}
        </TextField>
      )}
    </Box>
  )
}
