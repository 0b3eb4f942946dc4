import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { LimitedKeyBody } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { type ReactNode, useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useCreateKey } from "../queries"
import { NewToken } from "./NewToken"
import { ScopeField } from "./ScopeField"
import { Snippets } from "./Snippets"

const LIFETIMES_DAYS = [0, 30, 90, 365] as const

export type NewKeyLimits = LimitedKeyBody["limits"]

interface CreateKeyDialogProps {
  /** The fields for the key's limits; they tell what they say, or null while they are faulty. */
  limitFields?: (onChange: (limits: NewKeyLimits | null) => void) => ReactNode
  onClose: () => void
}

/** Names a key and what it may use, then shows it once with lines that are ready to paste. */
export function CreateKeyDialog({ limitFields, onClose }: CreateKeyDialogProps) {
  const { t } = useTranslation("api_keys")
  const id = useId()
  const [name, setName] = useState("")
  const [project, setProject] = useState("")
  const [days, setDays] = useState<number>(0)
  const [scopes, setScopes] = useState<readonly string[]>(["gateway"])
  const [limits, setLimits] = useState<NewKeyLimits | null>([])
  const create = useCreateKey()
  const submit = () => {
    const trimmed = name.trim()
    if (!trimmed || scopes.length === 0 || limits === null || create.isPending) return
    create.mutate({
      name: trimmed,
      project: project.trim(),
      expires_at: days > 0 ? new Date(Date.now() + days * 86_400_000).toISOString() : undefined,
      scopes,
      limits,
    })
  }
  const created = create.data
  return (
    // A click beside the dialog must not throw away a key that is shown only once.
    <Dialog
      open
      onClose={(_, reason) => (created && reason === "backdropClick" ? undefined : onClose())}
      fullWidth
      maxWidth="sm"
      aria-labelledby={id}
    >
      <DialogTitle id={id}>
        {created ? t("create.ready", { name: created.api_key.name }) : t("create.title")}
      </DialogTitle>
      {created ? (
        <>
          <DialogContent sx={{ display: "grid", gap: 2.5, minWidth: 0 }}>
            <NewToken token={created.token} />
            <Snippets token={created.token} />
          </DialogContent>
          <DialogActions sx={{ p: 2 }}>
            <Button variant="contained" onClick={onClose}>
              {t("create.done")}
            </Button>
          </DialogActions>
        </>
      ) : (
        <SafeForm onSubmit={submit}>
          <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
            {create.error && <ProblemPanel error={create.error} />}
            <TextField
              label={t("create.name")}
              helperText={t("create.name_hint")}
              value={name}
              onChange={(event) => setName(event.target.value)}
              autoFocus
              slotProps={{ htmlInput: { maxLength: 100 } }}
            />
            <TextField
              label={t("create.project")}
              helperText={t("create.project_hint")}
              value={project}
              onChange={(event) => setProject(event.target.value)}
              slotProps={{ htmlInput: { maxLength: 100 } }}
            />
            <TextField
              select
              label={t("create.lifetime")}
              value={days}
              onChange={(event) => setDays(Number(event.target.value))}
            >
              {LIFETIMES_DAYS.map((lifetime) => (
                <MenuItem key={lifetime} value={lifetime}>
                  {lifetime === 0 ? t("create.forever") : t("create.days", { count: lifetime })}
                </MenuItem>
              ))}
            </TextField>
            <ScopeField value={scopes} onChange={setScopes} />
            {limitFields?.(setLimits)}
          </DialogContent>
          <DialogActions sx={{ p: 2 }}>
            <Button color="inherit" onClick={onClose}>
              {t("cancel", { ns: "common" })}
            </Button>
            <Button
              type="submit"
              variant="contained"
              disabled={!name.trim() || scopes.length === 0 || limits === null}
              loading={create.isPending}
            >
              {t("create.submit")}
            </Button>
          </DialogActions>
        </SafeForm>
      )}
    </Dialog>
  )
}
