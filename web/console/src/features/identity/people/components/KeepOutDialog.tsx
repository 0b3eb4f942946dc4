import Button from "@mui/material/Button"
import Checkbox from "@mui/material/Checkbox"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import Typography from "@mui/material/Typography"
import type { Person } from "@powerautomation/api-client"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { usePersonTask } from "../queries"

interface KeepOutDialogProps {
  person: Person
  way: "deactivate" | "remove"
  onClose: () => void
}

/** Asks before a person is kept out, and whether the keys the person made end too. The safe answer has the focus. */
export function KeepOutDialog({ person, way, onClose }: KeepOutDialogProps) {
  const { t } = useTranslation("people")
  const id = useId()
  const [revokeKeys, setRevokeKeys] = useState(false)
  const task = usePersonTask(person)
  const name = person.name || person.email
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <DialogTitle id={id}>{t(`${way}.title`, { name })}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 1.5 }}>
        <Typography variant="body2" color="textSecondary">
          {t(`${way}.text`)}
        </Typography>
        {person.live_keys > 0 && (
          <FormControlLabel
            control={<Checkbox checked={revokeKeys} onChange={(_, checked) => setRevokeKeys(checked)} />}
            label={<Typography variant="body2">{t("revoke_keys", { count: person.live_keys })}</Typography>}
          />
        )}
        {task.error && <ProblemPanel error={task.error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button color="inherit" onClick={onClose} autoFocus>
          {t("cancel", { ns: "common" })}
        </Button>
        <Button
          color="error"
          variant="contained"
          loading={task.isPending}
          onClick={() =>
            task.mutate(
              { do: way, revokeKeys },
              {
                onSuccess: () => {
                  showToast(t(`${way}.done`, { name }))
                  onClose()
                },
              },
            )
          }
        >
          {t(`${way}.confirm`)}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
