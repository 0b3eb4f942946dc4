import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import CircularProgress from "@mui/material/CircularProgress"
import Divider from "@mui/material/Divider"
import Stack from "@mui/material/Stack"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { ApiProblem, type Invitation } from "@powerautomation/api-client"
import { BrandMark, SafeForm } from "@powerautomation/design"
import { useMutation, useQuery } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { forgetSession, keepSession, sessionQuery } from "~/auth/session"
import { RouterButton } from "~/display"
import { ProblemPanel, useDescribedProblem } from "~/feedback"
import { api } from "~/server"
import { keepInvitation, takeKeptInvitation, takeLinkToken } from "../link"

const MINIMUM_LENGTH = 12

/** Where an invitation leads: the new person chooses a password and is in. */
export function InvitationPage() {
  const { t } = useTranslation("sessions")
  const [token, setToken] = useState<string | null>(null)
  const started = useRef(false)
  const look = useMutation({ mutationFn: (given: string) => api.session.invitation(given) })
  useEffect(() => {
    if (started.current) return
    started.current = true
    const given = takeLinkToken() || takeKeptInvitation()
    setToken(given)
    if (given) look.mutate(given)
  }, [look])
  return (
    <Box component="main" sx={{ minHeight: "100dvh", display: "grid", placeItems: "center", p: 2 }}>
      <Box sx={{ width: "100%", maxWidth: 420 }}>
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
          {look.data && token ? (
            <>
              <AcceptForm token={token} invitation={look.data} />
              <JoinPanel token={token} />
            </>
          ) : look.error || token === "" ? (
            <Box sx={{ display: "grid", gap: 2 }}>
              <Typography variant="h1" sx={{ fontSize: "1.25rem" }}>
                {t("invitation.missing_title")}
              </Typography>
              {look.error ? (
                <ProblemPanel error={look.error} />
              ) : (
                <Typography variant="body2">{t("invitation.missing_text")}</Typography>
              )}
              <RouterButton to="/sign-in" variant="outlined" color="inherit">
                {t("invitation.sign_in")}
              </RouterButton>
            </Box>
          ) : (
            <Stack spacing={2} role="status" sx={{ alignItems: "center", py: 3 }}>
              <CircularProgress size={28} />
              <Typography variant="body2">{t("invitation.checking")}</Typography>
            </Stack>
          )}
        </Card>
      </Box>
    </Box>
  )
}

/** The way in for who has an account on this server: nothing new to remember, one more organization. */
function JoinPanel({ token }: { token: string }) {
  const { t } = useTranslation("sessions")
  const navigate = useNavigate()
  const session = useQuery(sessionQuery).data
  const join = useMutation({
    mutationFn: () => api.session.join(token),
    onSuccess: (joined) => {
      forgetSession()
      keepSession(joined)
      void navigate({ to: "/" })
    },
  })
  return (
    <Box sx={{ display: "grid", gap: 1.5, mt: 3 }}>
      <Divider>{t("invitation.or")}</Divider>
      <Typography variant="body2" color="textSecondary">
        {session ? t("invitation.join_text") : t("invitation.known_text")}
      </Typography>
      {join.error && <ProblemPanel error={join.error} />}
      {session ? (
        <Button variant="outlined" color="inherit" loading={join.isPending} onClick={() => join.mutate()}>
          {t("invitation.join", { name: session.user.email || session.user.name })}
        </Button>
      ) : (
        <Button
          variant="outlined"
          color="inherit"
          onClick={() => {
            keepInvitation(token)
            void navigate({ to: "/sign-in", search: { next: "/invitation" } })
          }}
        >
          {t("invitation.known")}
        </Button>
      )}
    </Box>
  )
}

function AcceptForm({ token, invitation }: { token: string; invitation: Invitation }) {
  const { t } = useTranslation("sessions")
  const navigate = useNavigate()
  const [name, setName] = useState(invitation.name)
  const [password, setPassword] = useState("")
  const [left, setLeft] = useState(false)
  const accept = useMutation({
    mutationFn: () => api.session.accept({ token, new_password: password, name: name.trim() || undefined }),
    onSuccess: (session) => {
      // Somebody else may have been signed in here: nothing of theirs is shown to the new person.
      forgetSession()
      keepSession(session)
      void navigate({ to: "/" })
    },
  })
  const problem = useDescribedProblem(accept.error)
  const fields = accept.error instanceof ApiProblem ? accept.error.fields : {}
  const refused = fields.new_password ? `${problem.message} ${problem.action}`.trim() : ""
  const tooShort = left && password.length > 0 && password.length < MINIMUM_LENGTH
  return (
    <SafeForm
      label={t("invitation.title", { name: invitation.name })}
      onSubmit={() => password.length >= MINIMUM_LENGTH && accept.mutate()}
      sx={{ display: "grid", gap: 2 }}
    >
      <Typography variant="h1" sx={{ fontSize: "1.25rem", overflowWrap: "anywhere" }}>
        {t("invitation.title", { name: invitation.name })}
      </Typography>
      <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
        {t("invitation.text", { organization: invitation.organization_name, email: invitation.email })}
      </Typography>
      {accept.error && !refused && <ProblemPanel error={accept.error} />}
      <input type="hidden" autoComplete="username" value={invitation.email} readOnly />
      <TextField
        label={t("name")}
        autoComplete="name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 200 } }}
      />
      <TextField
        label={t("new_password")}
        type="password"
        autoComplete="new-password"
        value={password}
        error={tooShort || Boolean(refused)}
        helperText={refused || t("password_length", { count: MINIMUM_LENGTH })}
        onBlur={() => setLeft(true)}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button
        type="submit"
        variant="contained"
        size="large"
        loading={accept.isPending}
        disabled={password.length < MINIMUM_LENGTH}
      >
        {t("invitation.accept")}
      </Button>
    </SafeForm>
  )
}
