import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Checkbox from "@mui/material/Checkbox"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import Typography from "@mui/material/Typography"
import type { SignInPolicy } from "@powerautomation/api-client"
import { Panel, SafeForm, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { policyQuery, useSetPolicy } from "../queries"

/** Whether passwords sign people in, and who keeps theirs when they do not. */
export function PasswordsPanel({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("single_sign_on")
  const query = useQuery(policyQuery)
  const save = useSetPolicy()
  const [choosing, setChoosing] = useState(false)
  const policy = query.data
  if (query.error) return <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
  if (!policy) return null
  const action = mayWrite && (
    <Button
      size="small"
      variant="outlined"
      color="inherit"
      loading={save.isPending}
      onClick={() =>
        policy.passwords
          ? setChoosing(true)
          : save.mutate({ passwords: true }, { onSuccess: () => showToast(t("passwords.saved")) })
      }
    >
      {t(policy.passwords ? "passwords.switch_off" : "passwords.switch_on")}
    </Button>
  )
  return (
    <Panel
      title={t("passwords.title")}
      hint={t(policy.passwords ? "passwords.on_hint" : "passwords.off_hint")}
      actions={action || undefined}
      sx={{ mt: 2 }}
    >
      {save.error && !choosing && <ProblemPanel error={save.error} />}
      <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
        <StatusBadge tone={policy.passwords ? "neutral" : "good"}>
          {t(policy.passwords ? "passwords.on" : "passwords.off")}
        </StatusBadge>
        {!policy.passwords && (
          <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
            {t("passwords.kept_by", { names: policy.break_glass.map((one) => one.name).join(", ") })}
          </Typography>
        )}
      </Box>
      {choosing && <BreakGlassDialog policy={policy} onClose={() => setChoosing(false)} />}
    </Panel>
  )
}

function BreakGlassDialog({ policy, onClose }: { policy: SignInPolicy; onClose: () => void }) {
  const { t } = useTranslation("single_sign_on")
  const id = useId()
  const [named, setNamed] = useState<readonly string[]>([])
  const save = useSetPolicy()
  const ready = policy.provider_works && named.length > 0
  const submit = () =>
    save.mutate(
      { passwords: false, break_glass: [...named] },
      {
        onSuccess: () => {
          showToast(t("passwords.saved"))
          onClose()
        },
      },
    )
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("passwords.dialog")}</DialogTitle>
      <SafeForm onSubmit={() => ready && !save.isPending && submit()}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {save.error && <ProblemPanel error={save.error} />}
          <Typography variant="body2">{t("passwords.text")}</Typography>
          {!policy.provider_works && <Alert severity="warning">{t("passwords.no_provider")}</Alert>}
          {policy.candidates.length === 0 ? (
            <Alert severity="warning">{t("passwords.nobody")}</Alert>
          ) : (
            <Box role="group" aria-label={t("passwords.who")} sx={{ display: "grid" }}>
              <Typography variant="h3">{t("passwords.who")}</Typography>
              {policy.candidates.map((person) => (
                <FormControlLabel
                  key={person.id}
                  control={
                    <Checkbox
                      checked={named.includes(person.id)}
                      onChange={(event) =>
                        setNamed(
                          event.target.checked
                            ? [...named, person.id]
                            : named.filter((one) => one !== person.id),
                        )
                      }
                    />
                  }
                  label={`${person.name} · ${person.email}`}
                  sx={{ overflowWrap: "anywhere" }}
                />
              ))}
            </Box>
          )}
          <Typography variant="caption" color="textSecondary">
            {t("passwords.audit")}
          </Typography>
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" color="error" disabled={!ready} loading={save.isPending}>
            {t("passwords.switch_off")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
