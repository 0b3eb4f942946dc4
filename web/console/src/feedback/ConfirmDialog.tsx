import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Typography from "@mui/material/Typography"
import { useId } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "./ProblemPanel"

interface ConfirmDialogProps {
  open: boolean
  title: string
  text: string
  confirmLabel: string
  pending: boolean
  error: unknown
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something that cannot be undone. The safe answer has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { t } = useTranslation()
  const id = useId()
  return (
    <Dialog open={props.open} onClose={props.onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <DialogTitle id={id}>{props.title}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2 }}>
        <Typography variant="body2" color="textSecondary">
          {props.text}
        </Typography>
        {props.error ? <ProblemPanel error={props.error} /> : null}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button color="inherit" onClick={props.onClose} autoFocus>
          {t("cancel")}
        </Button>
        <Button color="error" variant="contained" onClick={props.onConfirm} loading={props.pending}>
          {props.confirmLabel}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
