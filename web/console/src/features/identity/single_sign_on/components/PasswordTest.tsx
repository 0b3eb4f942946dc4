import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { SignInProvider } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useTestPassword } from "../queries"
import { TestOutcome } from "./TestReport"

/** Tries a name and a password at a directory, and shows what it tells and what that leads to. */
export function PasswordTest({ provider, onClose }: { provider: SignInProvider; onClose: () => void }) {
  const { t } = useTranslation("single_sign_on")
  const id = useId()
  const [username, setUsername] = useState("")
  const [password, setPassword] = useState("")
  const test = useTestPassword(provider.id)
  const submit = () =>
    username && password && test.mutate({ username, password }, { onSettled: () => setPassword("") })
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("test.enter", { name: provider.name })}</DialogTitle>
      <SafeForm onSubmit={() => !test.isPending && submit()}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          <Typography variant="body2" color="textSecondary">
            {t("test.enter_text")}
          </Typography>
          {test.error && <ProblemPanel error={test.error} />}
          {test.data && (
            <Box aria-live="polite">
              <TestOutcome report={test.data} />
            </Box>
          )}
          <TextField
            label={t("test.username")}
            value={username}
            autoFocus
            onChange={(event) => setUsername(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 256, autoComplete: "off", autoCapitalize: "off" } }}
          />
          <TextField
            label={t("test.password")}
            type="password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 1024, autoComplete: "off" } }}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("test.close")}
          </Button>
          <Button
            type="submit"
            variant="contained"
            disabled={!username || !password}
            loading={test.isPending}
          >
            {t("test.try")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
