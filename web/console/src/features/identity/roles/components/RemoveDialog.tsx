import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { ApiProblem, type Role } from "@powerautomation/api-client"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { roleName } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { useRemoveRole } from "../queries"

interface RemoveDialogProps {
  role: Role
  roles: readonly Role[]
  onClose: () => void
}

/** Asks before a role is deleted, and which role its people get. The safe answer has the focus. */
export function RemoveDialog({ role, roles, onClose }: RemoveDialogProps) {
  const { t } = useTranslation("roles")
  const { t: people } = useTranslation("people")
  const id = useId()
  const [moveTo, setMoveTo] = useState("")
  const remove = useRemoveRole(role)
  // Deleted people who may come back are not among those counted; the server knows of them.
  const inUse = remove.error instanceof ApiProblem && remove.error.code === "roles.in_use"
  const mustMove = inUse || (role.people ?? 0) > 0
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <DialogTitle id={id}>{t("remove.title", { name: role.name })}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2 }}>
        <Typography variant="body2" color="textSecondary">
          {t("remove.text")}
        </Typography>
        {mustMove && (
          <TextField
            select
            label={t("remove.move_to")}
            value={moveTo}
            onChange={(event) => setMoveTo(event.target.value)}
            helperText={t("remove.move_hint")}
          >
            {roles
              .filter((one) => one.id !== role.id && one.assignable)
              .map((one) => (
                <MenuItem key={one.id} value={one.id}>
                  {roleName(people, one.id, one.name)}
                </MenuItem>
              ))}
          </TextField>
        )}
        {remove.error && <ProblemPanel error={remove.error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button color="inherit" onClick={onClose} autoFocus>
          {t("cancel", { ns: "common" })}
        </Button>
        <Button
          color="error"
          variant="contained"
          disabled={mustMove && !moveTo}
          loading={remove.isPending}
          onClick={() =>
            remove.mutate(moveTo || undefined, {
              onSuccess: () => {
                showToast(t("remove.done", { name: role.name }))
                onClose()
              },
            })
          }
        >
          {t("remove.action")}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
