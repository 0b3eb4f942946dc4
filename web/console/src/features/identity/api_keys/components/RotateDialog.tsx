import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { ApiKey } from "@powerautomation/api-client"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useRotateKey } from "../queries"
import { NewToken } from "./NewToken"

const OVERLAPS_HOURS = [0, 1, 24, 168, 720] as const

/** Gives a key another secret, shown once; the old one works for the chosen time. */
export function RotateDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation("api_keys")
  const id = useId()
  const [hours, setHours] = useState<number>(24)
  const rotate = useRotateKey()
  const rotated = rotate.data
  return (
    // A click beside the dialog must not throw away a key that is shown only once.
    <Dialog
      open
      onClose={(_, reason) => (rotated && reason === "backdropClick" ? undefined : onClose())}
      fullWidth
      maxWidth="sm"
      aria-labelledby={id}
    >
      <DialogTitle id={id}>{t(rotated ? "create.ready" : "rotate.title", { name: apiKey.name })}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important", minWidth: 0 }}>
        {rotate.error && <ProblemPanel error={rotate.error} />}
        {rotated ? (
          <NewToken token={rotated.token} />
        ) : (
          <>
            <Typography variant="body2" color="textSecondary">
              {t("rotate.text")}
            </Typography>
            <TextField
              select
              label={t("rotate.overlap")}
              value={hours}
              onChange={(event) => setHours(Number(event.target.value))}
            >
              {OVERLAPS_HOURS.map((one) => (
                <MenuItem key={one} value={one}>
                  {one === 0
                    ? t("rotate.at_once")
                    : one < 24
                      ? t("rotate.hours", { count: one })
                      : t("create.days", { count: one / 24 })}
                </MenuItem>
              ))}
            </TextField>
          </>
        )}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        {rotated ? (
          <Button variant="contained" onClick={onClose}>
            {t("create.done")}
          </Button>
        ) : (
          <>
            <Button color="inherit" onClick={onClose} autoFocus>
              {t("cancel", { ns: "common" })}
            </Button>
            <Button
              variant="contained"
              loading={rotate.isPending}
              onClick={() => rotate.mutate({ keyId: apiKey.id, overlapSeconds: hours * 3600 })}
            >
              {t("rotate.confirm")}
            </Button>
          </>
        )}
      </DialogActions>
    </Dialog>
  )
}
