import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import type { Person } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { usePersonTask } from "../queries"
import { RoleField } from "./RoleField"

/** Changes what a person is called and may do. */
export function EditDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation("people")
  const id = useId()
  const [name, setName] = useState(person.name)
  const [role, setRole] = useState(person.role)
  const task = usePersonTask(person)
  const save = () =>
    name.trim() &&
    task.mutate(
      {
        do: "change",
        change: {
          ...(name.trim() !== person.name && { name: name.trim() }),
          ...(role !== person.role && { role }),
        },
      },
      {
        onSuccess: () => {
          showToast(t("edit.done", { name: name.trim() }))
          onClose()
        },
      },
    )
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("edit.title", { name: person.name || person.email })}</DialogTitle>
      <SafeForm onSubmit={save}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {task.error && <ProblemPanel error={task.error} />}
          <TextField
            label={t("name")}
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoFocus
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
          <RoleField label={t("role")} value={role} onChange={setRole} helperText={t("edit.role_hint")} />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!name.trim()} loading={task.isPending}>
            {t("edit.save")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
