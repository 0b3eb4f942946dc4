import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { CopyButton, fonts, SafeForm } from "@powerautomation/design"
import { useEffect, useId, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useBeginTotp, useConfirmTotp } from "../queries"

interface TotpDialogProps {
  onClose: () => void
  /** The app counts now; these recovery codes are shown once. */
  onDone: (codes: readonly string[]) => void
}

const grouped = (secret: string) => secret.replace(/(.{4})(?=.)/g, "$1 ")

/** Sets up an authenticator app: a QR code to scan, the secret to type, and a code that proves it works. */
export function TotpDialog({ onClose, onDone }: TotpDialogProps) {
  const { t } = useTranslation("sessions")
  const id = useId()
  const [code, setCode] = useState("")
  const begin = useBeginTotp()
  const confirm = useConfirmTotp()
  const started = useRef(false)
  useEffect(() => {
    if (started.current) return
    started.current = true
    begin.mutate()
  }, [begin])
  const setup = begin.data
  const ready = code.replace(/\D/g, "").length === 6
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <SafeForm
        label={t("totp.set_up")}
        onSubmit={() => ready && confirm.mutate(code, { onSuccess: (made) => onDone(made.codes) })}
      >
        <DialogTitle id={id}>{t("totp.set_up")}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          {begin.error ? (
            <ProblemPanel error={begin.error} onRetry={() => begin.mutate()} />
          ) : (
            <>
              <Typography variant="body2">{t("totp.scan")}</Typography>
              <Box
                sx={{
                  justifySelf: "center",
                  width: 200,
                  height: 200,
                  borderRadius: "10px",
                  overflow: "hidden",
                }}
              >
                {setup ? (
                  <Box
                    component="img"
                    alt={t("totp.picture")}
                    src={`data:image/svg+xml;utf8,${encodeURIComponent(setup.svg)}`}
                    sx={{ width: 1, height: 1, display: "block" }}
                  />
                ) : (
                  <Skeleton variant="rectangular" width={200} height={200} />
                )}
              </Box>
              <Typography variant="body2" color="textSecondary">
                {t("totp.type")}
              </Typography>
              {setup && (
                <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
                  <Box
                    component="code"
                    sx={{ flex: "1 1 200px", fontFamily: fonts.mono, fontSize: "0.8125rem" }}
                  >
                    {grouped(setup.secret)}
                  </Box>
                  <CopyButton
                    text={setup.secret}
                    label={t("totp.copy")}
                    copiedLabel={t("copied", { ns: "common" })}
                  />
                </Box>
              )}
              {confirm.error && <ProblemPanel error={confirm.error} />}
              <TextField
                label={t("code")}
                helperText={t("totp.code_hint")}
                autoComplete="one-time-code"
                value={code}
                onChange={(event) => setCode(event.target.value)}
                slotProps={{ htmlInput: { inputMode: "numeric", maxLength: 12 } }}
              />
            </>
          )}
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" loading={confirm.isPending} disabled={!ready || !setup}>
            {t("totp.finish")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
