import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import MenuItem from "@mui/material/MenuItem"
import { useColorScheme } from "@mui/material/styles"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { ProfileBody } from "@powerautomation/api-client"
import { PageHeader, Panel, SafeForm } from "@powerautomation/design"
import { useMutation } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { keepSession, useSession } from "~/auth/session"
import { ProblemPanel, showToast } from "~/feedback"
import { changeLanguage, type LanguageId, languages } from "~/i18n"
import { useFormat } from "~/i18n/useFormat"
import { api } from "~/server"
import { signOut } from "../actions"
import { PasskeysPanel } from "../components/PasskeysPanel"
import { PasswordForm } from "../components/PasswordForm"
import { TotpPanel } from "../components/TotpPanel"

/** Who I am here: name, password, language, look, and the way out. */
export function AccountPage() {
  const { t, i18n } = useTranslation("sessions")
  const session = useSession()
  const navigate = useNavigate()
  const format = useFormat()
  const { mode, setMode } = useColorScheme()
  const [name, setName] = useState(session?.user.name ?? "")
  const change = useMutation({
    mutationFn: (body: ProfileBody) => api.session.change(body),
    onSuccess: (answer, body) => {
      keepSession(answer)
      if (body.name !== undefined) showToast(t("account.saved"))
    },
  })
  if (!session) return null
  const { user } = session
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <>
      <PageHeader
        title={t("account.title")}
        hint={t("account.hint", { organization: session.organization.name })}
        actions={
          <Button
            variant="outlined"
            color="inherit"
            onClick={() => void signOut((to) => void navigate({ to }))}
          >
            {t("sign_out")}
          </Button>
        }
      />
      <Box
        sx={{
          display: "grid",
          gap: 2.5,
          gridTemplateColumns: { md: "repeat(2, minmax(0, 1fr))" },
          alignItems: "start",
        }}
      >
        <Box sx={{ display: "grid", gap: 2.5 }}>
          <Panel title={t("account.profile")}>
            <SafeForm onSubmit={() => change.mutate({ name: name.trim() })} sx={{ display: "grid", gap: 2 }}>
              {change.error && <ProblemPanel error={change.error} />}
              <TextField
                label={t("name")}
                value={name}
                autoComplete="name"
                onChange={(event) => setName(event.target.value)}
              />
              <TextField
                label={t("email")}
                value={user.email}
                helperText={t("account.email_hint")}
                slotProps={{ input: { readOnly: true } }}
              />
              <Box>
                <Button
                  type="submit"
                  variant="contained"
                  disabled={!name.trim() || name.trim() === user.name}
                  loading={change.isPending}
                >
                  {t("account.save")}
                </Button>
              </Box>
            </SafeForm>
          </Panel>
          <Panel title={t("account.appearance")}>
            <Box sx={{ display: "grid", gap: 2 }}>
              <TextField
                select
                label={t("account.language")}
                value={i18n.language}
                onChange={(event) => {
                  const language = event.target.value as LanguageId
                  void changeLanguage(language)
                  change.mutate({ locale: language })
                }}
              >
                {languages.map((language) => (
                  <MenuItem key={language.id} value={language.id} lang={language.id}>
                    {language.name}
                  </MenuItem>
                ))}
              </TextField>
              <TextField
                select
                label={t("account.theme")}
                value={mode ?? "system"}
                onChange={(event) => setMode(event.target.value as "light" | "dark" | "system")}
              >
                {(["system", "light", "dark"] as const).map((choice) => (
                  <MenuItem key={choice} value={choice}>
                    {t(`account.themes.${choice}`)}
                  </MenuItem>
                ))}
              </TextField>
              <Typography variant="caption" color="textSecondary">
                {t("account.time_zone", { zone })}
              </Typography>
              <Typography variant="caption" color="textSecondary">
                {t("account.expires", { moment: format.moment(session.expires_at, "short") })}
              </Typography>
            </Box>
          </Panel>
        </Box>
        <Box sx={{ display: "grid", gap: 2.5 }}>
          <Panel
            title={user.has_password ? t("account.change_password") : t("account.set_password")}
            hint={user.has_password ? undefined : t("account.no_password")}
          >
            <PasswordForm
              key={String(user.has_password)}
              user={user}
              withIdentity={!user.has_password}
              submitLabel={user.has_password ? t("account.change_password") : t("account.set_password")}
              onSaved={() => showToast(t("account.password_saved"))}
            />
          </Panel>
          <TotpPanel />
          <PasskeysPanel />
        </Box>
      </Box>
    </>
  )
}
