import Alert from "@mui/material/Alert"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { Role, RoleList } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { roleName } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import type { Difference } from "../draft"
import { useSaveRole } from "../queries"
import { PermissionList } from "./PermissionList"

interface RoleDialogProps {
  current: Role | null
  known: RoleList
  onClose: () => void
}

/** Makes, changes or only shows a role. */
export function RoleDialog({ current: role, known, onClose }: RoleDialogProps) {
  const { t } = useTranslation("roles")
  const { t: people } = useTranslation("people")
  const may = useMay()
  const id = useId()
  const [name, setName] = useState(role?.name ?? "")
  const [summary, setSummary] = useState(role?.summary ?? "")
  const [baseId, setBaseId] = useState(role ? (role.base ?? "") : "guest")
  const [difference, setDifference] = useState<Difference>({
    added: role?.added ?? [],
    removed: role?.removed ?? [],
  })
  const save = useSaveRole(role)
  const locked = may("roles:write") ? (role?.locked ?? "") : "read_only"
  const base = known.items.find((one) => one.id === baseId)
  const bases = known.items.filter(
    (one) => one.id === baseId || (one.id !== role?.id && one.permissions.every(may)),
  )
  const submit = () =>
    name.trim() &&
    save.mutate(
      {
        name: name.trim(),
        summary: summary.trim(),
        base: baseId || null,
        added: [...difference.added],
        removed: [...difference.removed],
      },
      {
        onSuccess: () => {
          showToast(t("form.done", { name: name.trim() }))
          onClose()
        },
      },
    )
  const title = role
    ? t(locked ? "show" : "edit", { name: roleName(people, role.id, role.name) })
    : t("form.create")
  return (
    <Dialog
      open
      onClose={onClose}
      fullWidth
      maxWidth="sm"
      aria-labelledby={id}
      sx={{ "& form": { display: "flex", flexDirection: "column", minHeight: 0, overflow: "hidden" } }}
    >
      <DialogTitle id={id}>{title}</DialogTitle>
      <SafeForm onSubmit={submit}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {locked && <Alert severity="info">{t(`locked.${locked}`)}</Alert>}
          {save.error && <ProblemPanel error={save.error} />}
          {!locked && (
            <>
              <TextField
                label={t("form.name")}
                value={name}
                onChange={(event) => setName(event.target.value)}
                autoFocus={!role}
                slotProps={{ htmlInput: { maxLength: 100 } }}
              />
              <TextField
                label={t("form.summary")}
                value={summary}
                onChange={(event) => setSummary(event.target.value)}
                slotProps={{ htmlInput: { maxLength: 300 } }}
              />
            </>
          )}
          {(!locked || role?.custom) && (
            <TextField
              select
              label={t("form.base")}
              value={baseId}
              disabled={locked !== ""}
              onChange={(event) => setBaseId(event.target.value)}
              helperText={t("form.base_hint")}
              slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
            >
              <MenuItem value="">{t("form.nothing")}</MenuItem>
              {bases.map((one) => (
                <MenuItem key={one.id} value={one.id}>
                  {roleName(people, one.id, one.name)}
                </MenuItem>
              ))}
            </TextField>
          )}
          <div>
            <PermissionList
              permissions={known.permissions}
              base={base}
              difference={difference}
              onChange={locked ? null : setDifference}
            />
          </div>
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {locked ? t("form.close") : t("cancel", { ns: "common" })}
          </Button>
          {!locked && (
            <Button type="submit" variant="contained" disabled={!name.trim()} loading={save.isPending}>
              {t(role ? "form.save" : "form.create")}
            </Button>
          )}
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
