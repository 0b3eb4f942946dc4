import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { Tenant } from "@powerautomation/api-client"
import { SafeForm, StatusBadge } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { type Change, useChangeOrganization } from "../queries"
import { QuotasDialog } from "./QuotasDialog"

const tones = { active: "good", suspended: "warning", deleted: "neutral" } as const

/** One organization: how it stands, and what can be done with it. */
export function OrganizationRow({ tenant }: { tenant: Tenant }) {
  const { t } = useTranslation("organizations")
  const format = useFormat()
  const change = useChangeOrganization(tenant.id)
  const [asking, setAsking] = useState<"suspend" | "delete" | "rename" | "quotas" | null>(null)
  const close = () => {
    setAsking(null)
    change.reset()
  }
  const apply = (wanted: Change) =>
    change.mutate(wanted, {
      onSuccess: (changed) => {
        showToast(t(`done.${wanted.do}`, { name: changed.name }))
        setAsking(null)
      },
    })
  const facts = [
    t("people", { count: tenant.people }),
    t("since", { moment: format.moment(tenant.created_at, "day") }),
    tenant.restorable_until && t("until", { moment: format.moment(tenant.restorable_until, "day") }),
  ]
  return (
    <Box component="li" sx={{ px: 2.5, py: 1.75, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
        <Box sx={{ flex: "1 1 240px", minWidth: 0 }}>
          <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
            <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{tenant.name}</Typography>
            <StatusBadge tone={tones[tenant.state]}>{t(`states.${tenant.state}`)}</StatusBadge>
            {tenant.runs_installation && <StatusBadge tone="neutral">{t("runs_installation")}</StatusBadge>}
          </Box>
          <Typography variant="caption" color="textSecondary" component="p">
            {facts.filter(Boolean).join(" · ")}
          </Typography>
        </Box>
        <Box sx={{ display: "flex", flexWrap: "wrap", gap: 0.5 }}>
          <Button
            size="small"
            color="inherit"
            aria-label={t("quotas.button_named", { name: tenant.name })}
            onClick={() => setAsking("quotas")}
          >
            {t("quotas.button")}
          </Button>
          {tenant.state === "deleted" ? (
            <Button size="small" loading={change.isPending} onClick={() => apply({ do: "restore" })}>
              {t("actions.restore")}
            </Button>
          ) : (
            <Button size="small" color="inherit" onClick={() => setAsking("rename")}>
              {t("actions.rename")}
            </Button>
          )}
          {tenant.state === "suspended" && (
            <Button size="small" loading={change.isPending} onClick={() => apply({ do: "resume" })}>
              {t("actions.resume")}
            </Button>
          )}
          {tenant.state === "active" && !tenant.runs_installation && (
            <Button size="small" color="inherit" onClick={() => setAsking("suspend")}>
              {t("actions.suspend")}
            </Button>
          )}
          {tenant.state !== "deleted" && !tenant.runs_installation && (
            <Button size="small" color="error" onClick={() => setAsking("delete")}>
              {t("actions.delete")}
            </Button>
          )}
        </Box>
      </Box>
      {change.error && !asking && <ProblemPanel error={change.error} />}
      {asking === "quotas" && <QuotasDialog tenant={tenant} onClose={close} />}
      {asking === "rename" && (
        <RenameDialog
          name={tenant.name}
          pending={change.isPending}
          error={change.error}
          onClose={close}
          onSubmit={(name) => apply({ do: "rename", name })}
        />
      )}
      {(asking === "suspend" || asking === "delete") && (
        <ConfirmDialog
          open
          title={t(`ask.${asking}_title`, { name: tenant.name })}
          text={t(`ask.${asking}_text`)}
          confirmLabel={t(`actions.${asking}`)}
          pending={change.isPending}
          error={change.error}
          onClose={close}
          onConfirm={() => apply({ do: asking })}
        />
      )}
    </Box>
  )
}

function RenameDialog(props: {
  name: string
  pending: boolean
  error: unknown
  onClose: () => void
  onSubmit: (name: string) => void
}) {
  const { t } = useTranslation("organizations")
  const id = useId()
  const [name, setName] = useState(props.name)
  const ready = name.trim() !== "" && name.trim() !== props.name
  return (
    <Dialog open onClose={props.onClose} fullWidth maxWidth="xs" aria-labelledby={id}>
      <DialogTitle id={id}>{t("actions.rename")}</DialogTitle>
      <SafeForm onSubmit={() => ready && props.onSubmit(name.trim())}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {props.error ? <ProblemPanel error={props.error} /> : null}
          <TextField
            autoFocus
            label={t("form.name")}
            value={name}
            onChange={(event) => setName(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={props.onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!ready} loading={props.pending}>
            {t("actions.rename")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
