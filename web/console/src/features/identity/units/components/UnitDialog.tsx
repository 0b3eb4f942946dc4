import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { Unit } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { languages } from "~/i18n"
import { branchOf, inOrder, useSaveUnit } from "../queries"

const kinds = ["company", "department", "team"] as const

/** Asks for a unit's name, kind, place and settings; an empty setting is inherited from above. */
export function UnitDialog(props: {
  current: Unit | null
  parentId: string
  units: readonly Unit[]
  onClose: () => void
}) {
  const { t } = useTranslation("units")
  const id = useId()
  const { current, units } = props
  const save = useSaveUnit(current)
  const [name, setName] = useState(current?.name ?? "")
  const [kind, setKind] = useState(current?.kind ?? "team")
  const [parentId, setParentId] = useState(current?.parent_id ?? props.parentId)
  const [zone, setZone] = useState(current?.settings.time_zone ?? "")
  const [locale, setLocale] = useState(current?.settings.locale ?? "")
  const [role, setRole] = useState(current?.settings.default_role ?? "")
  const [models, setModels] = useState(current?.settings.models ?? "")
  const branch = current ? branchOf(units, current.id) : new Set<string>()
  const places = inOrder(units).filter(({ unit }) => !branch.has(unit.id))
  const above = units.find((unit) => unit.id === parentId)
  const inherited = (setting: string) => {
    const value = above?.effective[setting]?.value
    return value ? t("inherited_value", { value }) : t("inherited_none")
  }
  const ready = name.trim() !== ""
  return (
    <Dialog open onClose={props.onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{current ? t("form.edit", { name: current.name }) : t("form.create")}</DialogTitle>
      <SafeForm
        onSubmit={() =>
          ready &&
          !save.isPending &&
          save.mutate(
            {
              name: name.trim(),
              kind,
              parent_id: parentId,
              settings: { time_zone: zone.trim(), locale, default_role: role.trim(), models: models.trim() },
            },
            { onSuccess: props.onClose },
          )
        }
      >
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {save.error && <ProblemPanel error={save.error} />}
          <TextField
            autoFocus
            label={t("form.name")}
            value={name}
            onChange={(event) => setName(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
          <TextField
            select
            label={t("form.kind")}
            value={kind}
            onChange={(event) => setKind(kinds.find((one) => one === event.target.value) ?? "team")}
          >
            {kinds.map((one) => (
              <MenuItem key={one} value={one}>
                {t(`kinds.${one}`)}
              </MenuItem>
            ))}
          </TextField>
          <TextField
            select
            label={t("form.place")}
            value={parentId}
            onChange={(event) => setParentId(event.target.value)}
            slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          >
            <MenuItem value="">{t("form.top")}</MenuItem>
            {places.map(({ unit, depth }) => (
              <MenuItem key={unit.id} value={unit.id} sx={{ pl: 2 + depth * 2 }}>
                {unit.name}
              </MenuItem>
            ))}
          </TextField>
          <TextField
            label={t("settings.time_zone")}
            value={zone}
            placeholder="Europe/Berlin"
            helperText={zone ? t("set_here") : inherited("time_zone")}
            onChange={(event) => setZone(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 64 } }}
          />
          <TextField
            select
            label={t("settings.locale")}
            value={locale}
            helperText={locale ? t("set_here") : inherited("locale")}
            onChange={(event) => setLocale(event.target.value)}
            slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          >
            <MenuItem value="">{t("inherit")}</MenuItem>
            {languages.map((language) => (
              <MenuItem key={language.id} value={language.id} lang={language.id}>
                {language.name}
              </MenuItem>
            ))}
          </TextField>
          <TextField
            label={t("settings.default_role")}
            value={role}
            placeholder="developer"
            helperText={role ? t("set_here") : inherited("default_role")}
            onChange={(event) => setRole(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 64 } }}
          />
          <TextField
            label={t("settings.models")}
            value={models}
            placeholder="kimi-*, claude-*"
            helperText={models ? t("form.models_hint") : inherited("models")}
            onChange={(event) => setModels(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 2000 } }}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={props.onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!ready} loading={save.isPending}>
            {t("form.submit")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
