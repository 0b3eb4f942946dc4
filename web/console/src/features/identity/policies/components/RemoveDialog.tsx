import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Typography from "@mui/material/Typography"
import type { Policy } from "@powerautomation/api-client"
import { useId } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { useRemovePolicy } from "../queries"

/** Asks before a policy is deleted with its history. The safe answer has the focus. */
export function RemoveDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { t } = useTranslation("policies")
  const id = useId()
  const remove = useRemovePolicy(policy)
  const { name } = policy
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <DialogTitle id={id}>{t("remove.title", { name })}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2 }}>
        <Typography variant="body2" color="textSecondary">
          {t("remove.text")}
        </Typography>
        {remove.error && <ProblemPanel error={remove.error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button color="inherit" onClick={onClose} autoFocus>
          {t("cancel", { ns: "common" })}
        </Button>
        <Button
          color="error"
          variant="contained"
          loading={remove.isPending}
          onClick={() =>
            remove.mutate(undefined, {
              onSuccess: () => {
                showToast(t("remove.done", { name }))
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
