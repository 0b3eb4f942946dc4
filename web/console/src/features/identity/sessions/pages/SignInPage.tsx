import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import CircularProgress from "@mui/material/CircularProgress"
import Stack from "@mui/material/Stack"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { OfferedProvider, PendingStep, Session } from "@powerautomation/api-client"
import { BrandMark, SafeForm } from "@powerautomation/design"
import { useMutation } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { cookieWasKept, keepSession } from "~/auth/session"
import { ProblemPanel } from "~/feedback"
import { changeLanguage, followAccount, type LanguageId, languages } from "~/i18n"
import { api } from "~/server"
import { DirectoryForm } from "../components/DirectoryForm"
import { OtherWays, ProviderProblem } from "../components/OtherWays"
import { PasswordForm } from "../components/PasswordForm"
import { SecondStep } from "../components/SecondStep"
import { ownAddress, takeLinkToken } from "../link"
import { askForPasskey, knowsPasskeys } from "../passkey"

class CookieLost extends Error {}

type SignInBy =
  | { token: string }
  | { passkey: true }
  | { directory: string; username: string; password: string }
  | { email: string; password: string }

/** The way in: by a one-time link, or by e-mail and password. */
export function SignInPage() {
  const { t, i18n } = useTranslation("sessions")
  const navigate = useNavigate()
  const { next, problem, provider } = useSearch({ from: "/sign-in" })
  const [email, setEmail] = useState("")
  const [password, setPassword] = useState("")
  const [claimed, setClaimed] = useState<Session | null>(null)
  const [step, setStep] = useState<PendingStep | null>(null)
  const [directory, setDirectory] = useState<OfferedProvider | null>(null)
  const started = useRef(false)

  const enter = () => void navigate({ to: ownAddress(next) })

  const take = async (session: Session) => {
    keepSession(session)
    if (!(await cookieWasKept())) throw new CookieLost()
    // A fresh account speaks the language of the browser that claims it; later it is the other way round.
    if (session.user.has_password) await followAccount(session.user.locale)
    else if (session.user.locale !== i18n.language)
      await api.session.change({ locale: i18n.language as LanguageId })
  }

  const signIn = useMutation({
    mutationFn: async (by: SignInBy) => {
      const answer =
        "token" in by
          ? await api.session.redeemLink(by.token)
          : "passkey" in by
            ? await api.session.signInByPasskey(await askForPasskey(await api.session.passkeyOptions()))
            : "directory" in by
              ? await api.session.signInByDirectory(by.directory, by.username, by.password)
              : await api.session.signIn(by.email, by.password)
      if ("csrf_token" in answer) await take(answer)
      return answer
    },
    onSuccess: (answer, by) => {
      if (!("csrf_token" in answer)) {
        setPassword("")
        setStep(answer)
      } else if ("token" in by && !answer.user.has_password) setClaimed(answer)
      else enter()
    },
  })

  useEffect(() => {
    if (started.current) return
    started.current = true
    const token = takeLinkToken()
    if (token) signIn.mutate({ token })
  }, [signIn])

  const byLink = signIn.variables !== undefined && "token" in signIn.variables

  return (
    <Box
      component="main"
      sx={{ minHeight: "100dvh", display: "grid", placeItems: "center", p: 2, gridTemplateRows: "1fr auto" }}
    >
      <Box sx={{ width: "100%", maxWidth: 400 }}>
        <Box sx={{ display: "flex", alignItems: "center", gap: 1.5, mb: 3, justifyContent: "center" }}>
          <BrandMark size={36} />
          <Typography
            component="span"
            sx={{ fontWeight: 680, fontSize: "1.1875rem", letterSpacing: "-0.02em" }}
          >
            PowerAutomation
          </Typography>
        </Box>
        <Card sx={{ p: { xs: 2.5, sm: 3.5 } }}>
          {step ? (
            <SecondStep
              step={step}
              onSession={async (session) => {
                await take(session)
                enter()
              }}
              onRestart={() => {
                setStep(null)
                signIn.reset()
              }}
            />
          ) : claimed ? (
            <>
              <Typography variant="h1" sx={{ fontSize: "1.25rem" }}>
                {t("claim.title")}
              </Typography>
              <Typography variant="body2" color="textSecondary" sx={{ mt: 0.75, mb: 2.5 }}>
                {t("claim.text")}
              </Typography>
              <PasswordForm
                user={claimed.user}
                withIdentity
                submitLabel={t("claim.save")}
                onSaved={() => void navigate({ to: "/get-started" })}
                secondary={
                  <Button color="inherit" onClick={() => void navigate({ to: "/get-started" })}>
                    {t("claim.skip")}
                  </Button>
                }
              />
            </>
          ) : directory ? (
            <DirectoryForm
              provider={directory}
              error={signIn.error}
              pending={signIn.isPending}
              onSignIn={(username, secret) =>
                signIn.mutate({ directory: directory.id, username, password: secret })
              }
              onBack={() => {
                setDirectory(null)
                signIn.reset()
              }}
            />
          ) : byLink && signIn.isPending ? (
            <Stack spacing={2} role="status" sx={{ alignItems: "center", py: 3 }}>
              <CircularProgress size={28} />
              <Typography variant="body2">{t("sign_in.with_link")}</Typography>
            </Stack>
          ) : (
            <SafeForm
              label={t("sign_in.title")}
              onSubmit={() => email && password && signIn.mutate({ email: email.trim(), password })}
              sx={{ display: "grid", gap: 2 }}
            >
              <Typography variant="h1" sx={{ fontSize: "1.25rem" }}>
                {t("sign_in.title")}
              </Typography>
              {signIn.error instanceof CookieLost ? (
                <Alert severity="error">
                  <Typography variant="body2" sx={{ fontWeight: 600 }}>
                    {t("cookie_lost.title")}
                  </Typography>
                  <Typography variant="body2">
                    {t("cookie_lost.text", { origin: location.origin })}
                  </Typography>
                </Alert>
              ) : (
                signIn.error && <ProblemPanel error={signIn.error} />
              )}
              {problem && !signIn.error && <ProviderProblem code={problem} />}
              <TextField
                label={t("email")}
                type="email"
                name="email"
                autoComplete="username"
                autoFocus
                value={email}
                onChange={(event) => setEmail(event.target.value)}
                required
                slotProps={{ inputLabel: { required: false } }}
              />
              <TextField
                label={t("password")}
                type="password"
                name="password"
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
                required
                slotProps={{ inputLabel: { required: false } }}
              />
              <Button
                type="submit"
                variant="contained"
                size="large"
                loading={signIn.isPending}
                disabled={!email || !password}
              >
                {t("sign_in.submit")}
              </Button>
              {knowsPasskeys() && (
                <Button
                  variant="outlined"
                  color="inherit"
                  disabled={signIn.isPending}
                  onClick={() => signIn.mutate({ passkey: true })}
                >
                  {t("passkeys.sign_in")}
                </Button>
              )}
              <OtherWays
                next={next}
                email={email}
                provider={provider}
                onDirectory={(provider) => {
                  signIn.reset()
                  setDirectory(provider)
                }}
              />
              <Typography variant="caption" color="textSecondary">
                {t("sign_in.link_hint")} <code>powerautomation sign-in-link</code>
              </Typography>
            </SafeForm>
          )}
        </Card>
      </Box>
      <Box sx={{ display: "flex", gap: 0.5, py: 2 }}>
        {languages.map((language) => (
          <Button
            key={language.id}
            size="small"
            color="inherit"
            lang={language.id}
            aria-pressed={i18n.language === language.id}
            onClick={() => void changeLanguage(language.id)}
            sx={{ color: i18n.language === language.id ? "text.primary" : "text.secondary" }}
          >
            {language.name}
          </Button>
        ))}
      </Box>
    </Box>
  )
}
