import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Chip from "@mui/material/Chip"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import Switch from "@mui/material/Switch"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { Policy } from "@powerautomation/api-client"
import { fonts, SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { useSettled } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { exampleIds, examples } from "../examples"
import { tryQuery, useChangePolicy, useCreatePolicy } from "../queries"
import { TryBox } from "./TryBox"

interface PolicyDialogProps {
  current: Policy | null
  /** A text to begin with in place of the present one: an older version. */
  text?: string
  onClose: () => void
}

/** Makes, changes or only shows a policy; says while one types what is wrong and what it would change. */
export function PolicyDialog({ current: policy, text: given, onClose }: PolicyDialogProps) {
  const { t } = useTranslation("policies")
  const mayWrite = useMay()("policies:write")
  const id = useId()
  const [name, setName] = useState(policy?.name ?? "")
  const [summary, setSummary] = useState(policy?.summary ?? "")
  const [text, setText] = useState(given ?? policy?.text ?? "")
  const [enabled, setEnabled] = useState(policy?.enabled ?? true)
  const create = useCreatePolicy()
  const change = useChangePolicy(policy)
  const saving = policy ? change : create
  const settled = useSettled(text)
  const checked = useQuery({ ...tryQuery({ text: settled }), enabled: settled.trim() !== "" })
  const problems = settled.trim() ? (checked.data?.problems ?? []) : []
  const isNew = !policy
  const submit = () => {
    const draft = { name: name.trim(), summary: summary.trim(), text, enabled }
    if (!draft.name || !text.trim()) return
    saving.mutate(draft, {
      onSuccess: () => {
        showToast(t("form.done", { name: draft.name }))
        onClose()
      },
    })
  }
  return (
    <Dialog
      open
      onClose={(_, reason) => (reason === "backdropClick" && mayWrite ? undefined : onClose())}
      fullWidth
      maxWidth="md"
      aria-labelledby={id}
      sx={{ "& form": { display: "flex", flexDirection: "column", minHeight: 0, overflow: "hidden" } }}
    >
      <DialogTitle id={id}>
        {isNew ? t("form.create") : t(mayWrite ? "edit" : "show", { name: policy.name })}
      </DialogTitle>
      <SafeForm onSubmit={submit}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {saving.error && <ProblemPanel error={saving.error} />}
          <TextField
            label={t("form.name")}
            value={name}
            disabled={!mayWrite}
            onChange={(event) => setName(event.target.value)}
            autoFocus={isNew}
            slotProps={{ htmlInput: { maxLength: 100 } }}
          />
          <TextField
            label={t("form.summary")}
            value={summary}
            disabled={!mayWrite}
            onChange={(event) => setSummary(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 300 } }}
          />
          {isNew && (
            <Box>
              <Typography variant="caption" color="textSecondary">
                {t("examples.title")}
              </Typography>
              <Box sx={{ display: "flex", gap: 1, flexWrap: "wrap", mt: 0.5 }}>
                {exampleIds.map((example) => (
                  <Chip
                    key={example}
                    label={t(`examples.${example}`)}
                    onClick={() => {
                      setText(examples[example])
                      if (!name) setName(t(`examples.${example}`))
                    }}
                  />
                ))}
              </Box>
            </Box>
          )}
          <TextField
            label={t("form.text")}
            value={text}
            disabled={!mayWrite}
            onChange={(event) => setText(event.target.value)}
            multiline
            minRows={6}
            maxRows={18}
            error={problems.length > 0}
            slotProps={{
              htmlInput: { maxLength: 4000, spellCheck: false, "aria-describedby": `${id}-problems` },
              input: { sx: { fontFamily: fonts.mono, fontSize: 13, lineHeight: 1.6 } },
            }}
          />
          <Box id={`${id}-problems`} aria-live="polite" sx={{ display: "grid", gap: 1 }}>
            {problems.map((problem) => (
              <Alert key={`${problem.line}:${problem.column}:${problem.message}`} severity="error">
                {t("form.problem", problem)}
              </Alert>
            ))}
            {problems.length === 0 && settled.trim() !== "" && checked.data && checked.isFetched && (
              <Typography variant="caption" color="textSecondary">
                {t("form.sound")}
              </Typography>
            )}
          </Box>
          {mayWrite && (
            <FormControlLabel
              control={<Switch checked={enabled} onChange={(_, on) => setEnabled(on)} />}
              label={t("form.enabled")}
            />
          )}
          <Box component="section" aria-label={t("try.title")}>
            <Typography component="h3" sx={{ fontWeight: 600, mb: 0.5 }}>
              {t("try.title")}
            </Typography>
            <Typography variant="caption" color="textSecondary" component="p" sx={{ mb: 2 }}>
              {t("try.draft_hint")}
            </Typography>
            <TryBox text={text} {...(policy && { policyId: policy.id })} />
          </Box>
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t(mayWrite ? "cancel" : "close", { ns: "common" })}
          </Button>
          {mayWrite && (
            <Button
              type="submit"
              variant="contained"
              disabled={!name.trim() || !text.trim() || problems.length > 0}
              loading={saving.isPending}
            >
              {t(isNew ? "form.create" : "form.save")}
            </Button>
          )}
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
