import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { useAskErasure } from "../queries"

/** Asks to be erased, if one likes with the reason. */
export function AskErasureDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("privacy")
  const id = useId()
  const [words, setWords] = useState("")
  const ask = useAskErasure()
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <SafeForm
        onSubmit={() =>
          ask.mutate(words.trim(), {
            onSuccess: () => {
              showToast(t("own.noted"))
              onClose()
            },
          })
        }
      >
        <DialogTitle id={id}>{t("own.ask_title")}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          <Typography variant="body2" color="textSecondary">
            {t("own.ask_text")}
          </Typography>
          {ask.error && <ProblemPanel error={ask.error} />}
          <TextField
            label={t("own.why")}
            value={words}
            onChange={(event) => setWords(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 2_000 } }}
            multiline
            minRows={2}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose} autoFocus>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" color="error" variant="contained" loading={ask.isPending}>
            {t("own.ask")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
