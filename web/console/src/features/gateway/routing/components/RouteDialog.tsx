import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { ApiProblem, type Route, type RouteBody, type RoutingTable } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import type { TFunction } from "i18next"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { describeProblem, ProblemPanel, showToast } from "~/feedback"
import { conditionHint } from "../conditionHint"
import { bodyOf, faultsOf, fieldsOf, placeOf, type RouteFields } from "../draft"
import { changeRouteBack, removeRoute, useSaveRoute } from "../queries"
import { UsePart } from "./UsePart"

interface RouteDialogProps {
  /** The stored route to change; null makes a new one. */
  route: Route | null
  table: RoutingTable
  onClose: () => void
}

/** Makes a route, or changes a stored one. */
export function RouteDialog({ route, table, onClose }: RouteDialogProps) {
  const { t } = useTranslation("routing")
  const { t: common, i18n } = useTranslation()
  const id = useId()
  const [fields, setFields] = useState<RouteFields>(() => fieldsOf(route))
  const [tried, setTried] = useState(false)
  const save = useSaveRoute(route?.id)
  const faults = faultsOf(fields)
  const said = save.error instanceof ApiProblem ? save.error.fields : {}
  const set = (some: Partial<RouteFields>) => {
    // What the server said was about what had been sent.
    if (save.error) save.reset()
    setFields({ ...fields, ...some })
  }
  const at = (path: string) => {
    if (tried && faults.has(path)) return faultText(path, t)
    const told = said[path]
    const place = told ? placeOf(told) : null
    const hint = save.error instanceof ApiProblem ? conditionHint(save.error.action, t) : ""
    if (path === "match.when" && told && !place) return hint || told
    return place ? `${t("edit.place", place)} ${hint}`.trim() : told
  }
  const undo = (storedId: string) => {
    const back = route
      ? changeRouteBack(route.id, route.definition as unknown as RouteBody)
      : removeRoute(storedId)
    back.catch((error: unknown) => {
      const problem = describeProblem(error, common, i18n.language)
      showToast(`${problem.message} ${problem.action}`.trim(), { tone: "error" })
    })
  }
  const submit = () => {
    setTried(true)
    if (faults.size > 0 || save.isPending) return
    save.mutate(bodyOf(fields, route), {
      onSuccess: (stored) => {
        showToast(t("edit.done", { name: fields.name.trim() }), {
          action: { label: common("undo"), run: () => undo(stored.id) },
        })
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
          {save.error && !said["match.when"] && <ProblemPanel error={save.error} />}
          <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" }, alignItems: "start" }}>
            <TextField
              label={t("edit.name")}
              value={fields.name}
              error={Boolean(at("name"))}
              helperText={at("name")}
              onChange={(event) => set({ name: event.target.value })}
              slotProps={{ htmlInput: { maxLength: 100 } }}
              autoFocus
            />
            <TextField
              label={t("edit.pattern")}
              placeholder="claude-*"
              value={fields.pattern}
              error={Boolean(at("match.model"))}
              helperText={at("match.model") ?? t("edit.pattern_hint")}
              onChange={(event) => set({ pattern: event.target.value })}
              slotProps={code}
            />
          </Box>
          <TextField
            label={t("edit.when")}
            placeholder={'task_class == "background" && tokens < 8000'}
            value={fields.when}
            error={Boolean(at("match.when"))}
            helperText={
              at("match.when") ??
              t("edit.when_hint", { names: table.variables.map((one) => one.name).join(", ") })
            }
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
              error={Boolean(at("refuse"))}
              helperText={at("refuse") ?? t("edit.refuse_hint")}
              onChange={(event) => set({ refuse: event.target.value })}
              slotProps={{ htmlInput: { maxLength: 500 } }}
              multiline
            />
          ) : (
            <UsePart fields={fields} set={set} table={table} at={at} />
          )}
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          {tried && faults.size > 0 && (
            <Typography variant="caption" color="error" role="status" sx={{ mr: "auto", order: -1 }}>
              {t("edit.faults", { count: faults.size })}
            </Typography>
          )}
          <Button type="submit" variant="contained" loading={save.isPending}>
            {t("edit.submit")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}

/** What a person is told of a field that cannot be sent as it is. */
function faultText(path: string, t: TFunction<"routing">): string {
  const texts = {
    "cache.max_age_seconds": "edit.cache.age_wrong",
    "cache.max_temperature": "edit.cache.max_temperature_wrong",
    "cache.max_answer_bytes": "edit.cache.kilobytes_wrong",
    "cache.similarity": "edit.cache.similarity_wrong",
    guardrails: "edit.guardrails.nothing_chosen",
    "guardrails.injection_threshold": "edit.guardrails.threshold_wrong",
  } as const
  if (path in texts) return t(texts[path as keyof typeof texts])
  if (path.startsWith("weights.")) return t("edit.weight_wrong")
  if (path.endsWith(".weight")) return t("edit.experiment.weight_wrong")
  return t(/^split\.arms\.\d+\.name$/.test(path) ? "edit.experiment.name_wrong" : "edit.needed")
}
