import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { useAnswerRequest } from "../queries"

interface RefuseDialogProps {
  name: string
  userId: string
  onClose: () => void
}

/** Asks why somebody who asked to be erased is not. */
export function RefuseDialog({ name, userId, onClose }: RefuseDialogProps) {
  const { t } = useTranslation("privacy")
  const id = useId()
  const [reason, setReason] = useState("")
  const answer = useAnswerRequest(userId)
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <SafeForm
        onSubmit={() =>
          answer.mutate(
            { reason: reason.trim() },
            {
              onSuccess: () => {
                showToast(t("requests.done"))
                onClose()
              },
            },
          )
        }
      >
        <DialogTitle id={id}>{t("requests.refuse_title", { name })}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          {answer.error && <ProblemPanel error={answer.error} />}
          <TextField
            label={t("requests.reason")}
            helperText={t("requests.reason_hint")}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 2_000 } }}
            sx={{ mt: 1 }}
            multiline
            minRows={2}
            autoFocus
            required
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" loading={answer.isPending} disabled={!reason.trim()}>
            {t("requests.refuse")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
