import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import { ApiProblem } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, useDescribedProblem } from "~/feedback"
import { LinkDialog } from "../../people/components/InviteDialog"
import { useCreateOrganization } from "../queries"

/** Asks for a new organization and its first administrator, then shows the link to hand over. */
export function CreateDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("organizations")
  const id = useId()
  const [name, setName] = useState("")
  const [adminName, setAdminName] = useState("")
  const [email, setEmail] = useState("")
  const create = useCreateOrganization()
  const problem = useDescribedProblem(create.error)
  const fields = create.error instanceof ApiProblem ? create.error.fields : {}
  const ready = name.trim() !== "" && adminName.trim() !== "" && email.includes("@")
  if (create.data) {
    const { token, expires_at } = create.data
    return <LinkDialog name={adminName} link={{ user_id: "", token, expires_at }} onClose={onClose} />
  }
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("form.create")}</DialogTitle>
      <SafeForm
        onSubmit={() =>
          ready &&
          !create.isPending &&
          create.mutate({ name: name.trim(), admin_name: adminName.trim(), admin_email: email.trim() })
        }
      >
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {create.error && Object.keys(fields).length === 0 && <ProblemPanel error={create.error} />}
          <TextField
            autoFocus
            label={t("form.name")}
            value={name}
            error={Boolean(fields.name)}
            helperText={fields.name ? `${problem.message} ${problem.action}`.trim() : undefined}
            onChange={(event) => setName(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
          <TextField
            label={t("form.admin_name")}
            value={adminName}
            onChange={(event) => setAdminName(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
          <TextField
            label={t("form.admin_email")}
            type="email"
            value={email}
            error={Boolean(fields.email)}
            helperText={fields.email ? `${problem.message} ${problem.action}`.trim() : t("form.admin_hint")}
            onChange={(event) => setEmail(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 254 } }}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!ready} loading={create.isPending}>
            {t("form.submit")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
