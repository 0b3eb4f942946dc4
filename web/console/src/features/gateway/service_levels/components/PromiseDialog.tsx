import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { PromiseDraft, ServiceLevel } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { describeProblem, ProblemPanel, showToast } from "~/feedback"
import { draftOf, fieldsOf, millisecondsOf, type PromiseFields, percentOf } from "../promise"
import { restorePromise, usePutPromise } from "../queries"

/** Note, change or forget what a provider promises. */
export function PromiseDialog({ level, onClose }: { level: ServiceLevel; onClose: () => void }) {
  const { t } = useTranslation("service_levels")
  const { t: common, i18n } = useTranslation()
  const id = useId()
  const [fields, setFields] = useState<PromiseFields>(() => fieldsOf(level.promise))
  const put = usePutPromise(level.provider)
  const draft = draftOf(fields, level.promise)
  const save = (promise: PromiseDraft | null) =>
    put.mutate(promise, {
      onSuccess: () => {
        const before = draftOf(fieldsOf(level.promise), level.promise)
        showToast(t(promise ? "promise.done" : "promise.forgotten", { name: level.provider }), {
          action:
            promise === null && before
              ? { label: t("undo", { ns: "common" }), run: () => void bringBack(before) }
              : undefined,
        })
        onClose()
      },
    })
  const bringBack = (promise: PromiseDraft) =>
    restorePromise(level.provider, promise).catch((error: unknown) => {
      const problem = describeProblem(error, common, i18n.language)
      showToast(`${problem.message} ${problem.action}`.trim(), { tone: "error" })
    })
  const field = (name: keyof PromiseFields, faulty: boolean) => (
    <TextField
      label={t(`promise.${name}`)}
      value={fields[name]}
      error={faulty}
      onChange={(event) => setFields({ ...fields, [name]: event.target.value })}
      slotProps={{ htmlInput: { inputMode: "decimal" } }}
    />
  )
  const wrongPercent = (name: keyof PromiseFields) => percentOf(fields[name]) === undefined
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("promise.title", { name: level.provider })}</DialogTitle>
      <SafeForm onSubmit={() => draft && save(draft)}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {put.error && <ProblemPanel error={put.error} />}
          {field("availability", wrongPercent("availability"))}
          {field("latency", millisecondsOf(fields.latency) === undefined)}
          {field("errors", wrongPercent("errors"))}
          <Typography variant="body2" color="textSecondary">
            {t("promise.credit_hint")}
          </Typography>
          <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" } }}>
            {field("below", wrongPercent("below"))}
            {field("credit", wrongPercent("credit"))}
          </Box>
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          {level.promise && (
            <Button color="error" onClick={() => save(null)} sx={{ mr: "auto" }}>
              {t("promise.forget")}
            </Button>
          )}
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!draft} loading={put.isPending}>
            {t("promise.save")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
