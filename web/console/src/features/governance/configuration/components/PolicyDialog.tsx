import Button from "@mui/material/Button"
import Checkbox from "@mui/material/Checkbox"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import Typography from "@mui/material/Typography"
import type { ApprovalPolicy } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { useSetPolicy } from "../queries"
import { useVersionWords } from "../useVersionWords"

interface PolicyDialogProps {
  policy: ApprovalPolicy
  kinds: readonly string[]
  onClose: () => void
}

/** Says for which kinds of settings a change needs a second person. */
export function PolicyDialog({ policy, kinds, onClose }: PolicyDialogProps) {
  const { t } = useTranslation("configuration")
  const words = useVersionWords()
  const id = useId()
  const [chosen, setChosen] = useState<readonly string[]>(policy.kinds)
  const [only, setOnly] = useState(policy.only_in_production)
  const save = useSetPolicy()
  const submit = () =>
    save.mutate(
      { kinds: [...chosen], only_in_production: only },
      {
        onSuccess: () => {
          showToast(t("policy.done"))
          onClose()
        },
      },
    )
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby={id}>
      <DialogTitle id={id}>{t("policy.title")}</DialogTitle>
      <SafeForm onSubmit={submit}>
        <DialogContent sx={{ display: "grid", gap: 0.5 }}>
          {save.error && <ProblemPanel error={save.error} />}
          <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }}>
            {t("policy.text")}
          </Typography>
          {kinds.map((kind) => (
            <FormControlLabel
              key={kind}
              label={words.kind(kind)}
              control={
                <Checkbox
                  checked={chosen.includes(kind)}
                  onChange={(event) =>
                    setChosen(event.target.checked ? [...chosen, kind] : chosen.filter((one) => one !== kind))
                  }
                />
              }
            />
          ))}
          <FormControlLabel
            label={t("policy.production")}
            sx={{ mt: 1, borderTop: 1, borderColor: "divider", pt: 1 }}
            control={<Checkbox checked={only} onChange={(event) => setOnly(event.target.checked)} />}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" loading={save.isPending}>
            {t("policy.save")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
