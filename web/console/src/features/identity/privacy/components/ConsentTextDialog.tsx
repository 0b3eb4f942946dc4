import Button from "@mui/material/Button"
import Checkbox from "@mui/material/Checkbox"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { ConsentText } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { roleName } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { rolesQuery, useSetText } from "../queries"

interface ConsentTextDialogProps {
  current: ConsentText | null
  onClose: () => void
}

/** Writes what people are to agree to, and says who is asked. */
export function ConsentTextDialog({ current, onClose }: ConsentTextDialogProps) {
  const { t } = useTranslation("privacy")
  const people = useTranslation("people")
  const id = useId()
  const [title, setTitle] = useState(current?.title ?? "")
  const [text, setText] = useState(current?.text ?? "")
  const [roles, setRoles] = useState<readonly string[]>(current?.roles ?? [])
  const [asked, setAsked] = useState(current?.asked ?? true)
  const known = useQuery(rolesQuery).data?.items ?? []
  const named = (role: string) => roleName(people.t, role, known.find((one) => one.id === role)?.name)
  const save = useSetText()
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="sm" fullWidth>
      <SafeForm
        onSubmit={() =>
          save.mutate(
            { title, text, roles: [...roles], asked },
            {
              onSuccess: (saved) => {
                showToast(t("text.saved", { version: saved.version }))
                onClose()
              },
            },
          )
        }
      >
        <DialogTitle id={id}>{t("text.title")}</DialogTitle>
        <DialogContent sx={{ display: "grid", gap: 2 }}>
          {save.error && <ProblemPanel error={save.error} />}
          <TextField
            label={t("text.name")}
            value={title}
            onChange={(event) => setTitle(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 200 } }}
            sx={{ mt: 1 }}
            autoFocus
            required
          />
          <TextField
            label={t("text.body")}
            value={text}
            onChange={(event) => setText(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 20_000 } }}
            multiline
            minRows={6}
            maxRows={16}
            required
          />
          <TextField
            select
            label={t("text.roles")}
            value={known.length > 0 ? roles : []}
            onChange={(event) => setRoles(event.target.value as unknown as string[])}
            slotProps={{
              inputLabel: { shrink: true },
              select: {
                multiple: true,
                displayEmpty: true,
                renderValue: (chosen) => (chosen as string[]).map(named).join(" · ") || t("text.everybody"),
              },
            }}
          >
            {known.map((role) => (
              <MenuItem key={role.id} value={role.id}>
                {named(role.id)}
              </MenuItem>
            ))}
          </TextField>
          <FormControlLabel
            control={<Checkbox checked={asked} onChange={(_, checked) => setAsked(checked)} />}
            label={t("text.asked")}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button
            type="submit"
            variant="contained"
            loading={save.isPending}
            disabled={!title.trim() || !text.trim()}
          >
            {t("text.save")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
