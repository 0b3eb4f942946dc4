import Alert from "@mui/material/Alert"
import Button from "@mui/material/Button"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { ApiProblem, type OfferedProvider } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { ProviderProblem } from "./OtherWays"

interface DirectoryFormProps {
  provider: OfferedProvider
  error: Error | null
  pending: boolean
  onSignIn: (username: string, password: string) => void
  onBack: () => void
}

/** Asks for the name and the password somebody has in a directory. */
export function DirectoryForm({ provider, error, pending, onSignIn, onBack }: DirectoryFormProps) {
  const { t } = useTranslation("sessions")
  const [username, setUsername] = useState("")
  const [password, setPassword] = useState("")
  const outcome = error instanceof ApiProblem && error.code.startsWith("single_sign_on.") ? error.code : ""
  return (
    <SafeForm
      label={t("provider.with", { name: provider.name })}
      onSubmit={() => username && password && onSignIn(username.trim(), password)}
      sx={{ display: "grid", gap: 2 }}
    >
      <Typography variant="h1" sx={{ fontSize: "1.25rem", overflowWrap: "anywhere" }}>
        {provider.name}
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {t("directory.text")}
      </Typography>
      {outcome === "single_sign_on.password_refused" ? (
        <Alert severity="error">{t("directory.refused")}</Alert>
      ) : outcome ? (
        <ProviderProblem code={outcome} />
      ) : (
        error && <ProblemPanel error={error} />
      )}
      <TextField
        label={t("directory.username")}
        name="username"
        autoComplete="username"
        autoFocus
        value={username}
        onChange={(event) => setUsername(event.target.value)}
        required
        slotProps={{
          inputLabel: { required: false },
          htmlInput: { maxLength: 256, autoCapitalize: "off", spellCheck: false },
        }}
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
        loading={pending}
        disabled={!username || !password}
      >
        {t("sign_in.submit")}
      </Button>
      <Button color="inherit" onClick={onBack}>
        {t("directory.back")}
      </Button>
    </SafeForm>
  )
}
