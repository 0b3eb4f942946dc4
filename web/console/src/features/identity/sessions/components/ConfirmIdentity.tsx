import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { SafeForm } from "@powerautomation/design"
import { useMutation, useQuery } from "@tanstack/react-query"
import { useCallback, useEffect, useId, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { keepSession, useSession } from "~/auth/session"
import { ProblemPanel } from "~/feedback"
import { api, renewSession, whenConfirmationNeeded } from "~/server"
import { askForPasskey, knowsPasskeys } from "../passkey"
import { factorsQuery } from "../queries"

/** Asks who it is before something dangerous, once for however many calls wait; they then go on by themselves. */
export function ConfirmIdentity() {
  const waiting = useRef<((proved: boolean) => void)[]>([])
  const [open, setOpen] = useState(false)
  useEffect(() => {
    whenConfirmationNeeded(() => {
      setOpen(true)
      return new Promise((resolve) => waiting.current.push(resolve))
    })
    return () => whenConfirmationNeeded(async () => false)
  }, [])
  const answer = useCallback((proved: boolean) => {
    setOpen(false)
    for (const resolve of waiting.current.splice(0)) resolve(proved)
  }, [])
  return open ? <Ask onAnswer={answer} /> : null
}

function Ask({ onAnswer }: { onAnswer: (proved: boolean) => void }) {
  const { t } = useTranslation("sessions")
  const id = useId()
  const user = useSession()?.user
  const factors = useQuery(factorsQuery)
  const hasApp = Boolean(factors.data?.totp_since)
  const [byCode, setByCode] = useState(false)
  const [secret, setSecret] = useState("")
  const asksCode = hasApp && (byCode || !user?.has_password)
  const confirm = useMutation({
    mutationFn: async (byPasskey: boolean) => {
      const proof = byPasskey
        ? { credential: await askForPasskey(await api.session.passkeyOptions()) }
        : asksCode
          ? { code: secret }
          : { password: secret }
      return renewSession(() => api.session.confirm(proof))
    },
    onSuccess: (session) => {
      keepSession(session)
      onAnswer(true)
    },
  })
  const typed = Boolean(user?.has_password) || hasApp
  const hasPasskey =
    factors.data?.passkeys_at === location.origin && factors.data.passkeys.length > 0 && knowsPasskeys()
  const possible = typed || hasPasskey
  return (
    <Dialog open onClose={() => onAnswer(false)} aria-labelledby={id} maxWidth="xs" fullWidth>
      <SafeForm label={t("confirm.title")} onSubmit={() => secret && confirm.mutate(false)}>
        <DialogTitle id={id}>{t("confirm.title")}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          <Typography variant="body2" color="textSecondary">
            {possible || factors.isPending ? t("confirm.text") : t("confirm.impossible")}
          </Typography>
          {confirm.error && <ProblemPanel error={confirm.error} />}
          {typed && (
            <TextField
              key={String(asksCode)}
              label={asksCode ? t("code") : t("password")}
              type={asksCode ? "text" : "password"}
              autoComplete={asksCode ? "one-time-code" : "current-password"}
              autoFocus
              value={secret}
              onChange={(event) => setSecret(event.target.value)}
              helperText={asksCode ? t("code_hint") : undefined}
            />
          )}
          {hasApp && user?.has_password && (
            <Button
              color="inherit"
              size="small"
              sx={{ justifySelf: "start" }}
              onClick={() => {
                setByCode(!asksCode)
                setSecret("")
                confirm.reset()
              }}
            >
              {asksCode ? t("confirm.use_password") : t("confirm.use_code")}
            </Button>
          )}
          {hasPasskey && (
            <Button variant="outlined" color="inherit" onClick={() => confirm.mutate(true)}>
              {t("passkeys.confirm")}
            </Button>
          )}
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={() => onAnswer(false)}>
            {t("cancel", { ns: "common" })}
          </Button>
          {typed && (
            <Button type="submit" variant="contained" loading={confirm.isPending} disabled={!secret}>
              {t("confirm.submit")}
            </Button>
          )}
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
