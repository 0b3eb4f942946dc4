import Button from "@mui/material/Button"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { ApiProblem, type PendingStep, type Session } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useMutation } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { api } from "~/server"

interface SecondStepProps {
  step: PendingStep
  onSession: (session: Session) => Promise<void>
  onRestart: () => void
}

/** The second step of signing in: a code of the authenticator app, or a recovery code. */
export function SecondStep({ step, onSession, onRestart }: SecondStepProps) {
  const { t } = useTranslation("sessions")
  const [code, setCode] = useState("")
  const [recovery, setRecovery] = useState(false)
  const finish = useMutation({
    mutationFn: async () => onSession(await api.session.finish(step.token, code)),
    onError: () => setCode(""),
  })
  const over = finish.error instanceof ApiProblem && finish.error.code === "sessions.step_invalid"
  return (
    <SafeForm
      label={t("second.title")}
      onSubmit={() => code && finish.mutate()}
      sx={{ display: "grid", gap: 2 }}
    >
      <Typography variant="h1" sx={{ fontSize: "1.25rem" }}>
        {t("second.title")}
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {recovery ? t("second.recovery_text", { count: step.recovery_codes_left }) : t("second.text")}
      </Typography>
      {finish.error && <ProblemPanel error={finish.error} />}
      <TextField
        key={String(recovery)}
        label={recovery ? t("recovery_code") : t("code")}
        autoComplete="one-time-code"
        autoFocus
        disabled={over}
        value={code}
        onChange={(event) => setCode(event.target.value)}
        slotProps={{ htmlInput: { inputMode: recovery ? "text" : "numeric", maxLength: 64 } }}
      />
      {over ? (
        <Button variant="contained" size="large" onClick={onRestart}>
          {t("second.restart")}
        </Button>
      ) : (
        <>
          <Button type="submit" variant="contained" size="large" loading={finish.isPending} disabled={!code}>
            {t("sign_in.submit")}
          </Button>
          <Button
            color="inherit"
            size="small"
            onClick={() => {
              setRecovery(!recovery)
              setCode("")
              finish.reset()
            }}
          >
            {recovery ? t("second.use_app") : t("second.use_recovery")}
          </Button>
          <Button color="inherit" size="small" onClick={onRestart}>
            {t("second.back")}
          </Button>
        </>
      )}
    </SafeForm>
  )
}
