import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import { ApiProblem, type InvitationLink } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, useDescribedProblem } from "~/feedback"
import { useInvite } from "../queries"
import { NewLink } from "./NewLink"
import { RoleField } from "./RoleField"

/** Asks who is invited and to what, then shows the link to hand over. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("people")
  const id = useId()
  const [name, setName] = useState("")
  const [email, setEmail] = useState("")
  const [role, setRole] = useState("developer")
  const invite = useInvite()
  const problem = useDescribedProblem(invite.error)
  const fields = invite.error instanceof ApiProblem ? invite.error.fields : {}
  const faultOf = (field: string) =>
    fields[field] ? `${problem.message} ${problem.action}`.trim() : undefined
  const marked = ["name", "email", "role"].some((field) => fields[field])
  const ready = name.trim() !== "" && email.includes("@")
  if (invite.data) return <LinkDialog name={name} link={invite.data} onClose={onClose} />
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("invite.title")}</DialogTitle>
      <SafeForm
        onSubmit={() =>
          ready && !invite.isPending && invite.mutate({ name: name.trim(), email: email.trim(), role })
        }
      >
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {invite.error && !marked && <ProblemPanel error={invite.error} />}
          <TextField
            label={t("name")}
            value={name}
            error={Boolean(fields.name)}
            helperText={faultOf("name")}
            onChange={(event) => setName(event.target.value)}
            autoFocus
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
          <TextField
            label={t("email")}
            type="email"
            value={email}
            error={Boolean(fields.email)}
            helperText={faultOf("email") ?? t("invite.email_hint")}
            onChange={(event) => setEmail(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 254 } }}
          />
          <RoleField
            label={t("role")}
            value={role}
            error={Boolean(fields.role)}
            helperText={faultOf("role")}
            onChange={setRole}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!ready} loading={invite.isPending}>
            {t("invite.submit")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}

/** Shows an invitation's link. A click beside it must not throw away what is shown only once. */
export function LinkDialog({
  name,
  link,
  onClose,
}: {
  name: string
  link: InvitationLink
  onClose: () => void
}) {
  const { t } = useTranslation("people")
  const id = useId()
  return (
    <Dialog
      open
      onClose={(_, reason) => (reason === "backdropClick" ? undefined : onClose())}
      fullWidth
      maxWidth="sm"
      aria-labelledby={id}
    >
      <DialogTitle id={id}>{t("link.title", { name })}</DialogTitle>
      <DialogContent>
        <NewLink link={link} />
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button variant="contained" onClick={onClose}>
          {t("link.done")}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
