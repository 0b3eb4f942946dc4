import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { Quota, Tenant } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { quotasQuery, useSetQuotas } from "../queries"
import { QuotaBar } from "./QuotaBar"

const MEGABYTE = 1024 * 1024
const stepOf = (quota: Quota) => (quota.measure === "bytes" ? MEGABYTE : 1)

/** The amount a field says: null for an empty one, undefined for what is no amount of this quota. */
function amountOf(quota: Quota, typed: string): number | null | undefined {
  if (!typed.trim()) return null
  const amount = /^\d{1,9}$/.test(typed.trim()) ? Number(typed) * stepOf(quota) : Number.NaN
  return amount <= quota.most ? amount : undefined
}

/** What an organization has, and how much of it whoever runs the server lets it have. */
export function QuotasDialog({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) {
  const { t } = useTranslation("organizations")
  const format = useFormat()
  const id = useId()
  const query = useQuery(quotasQuery(tenant.id))
  const save = useSetQuotas(tenant.id)
  const [typed, setTyped] = useState<Record<string, string>>({})
  const quotas = query.data ?? []
  const changed = quotas.filter((quota) => quota.resource in typed)
  const wrong = changed.filter((quota) => amountOf(quota, typed[quota.resource] ?? "") === undefined)
  const submit = () => {
    if (changed.length === 0 || wrong.length > 0 || save.isPending) return
    const amounts = changed.map((quota) => [
      quota.resource,
      amountOf(quota, typed[quota.resource] ?? "") ?? null,
    ])
    save.mutate(Object.fromEntries(amounts), {
      onSuccess: () => {
        showToast(t("quotas.saved", { name: tenant.name }))
        onClose()
      },
    })
  }
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("quotas.title", { name: tenant.name })}</DialogTitle>
      <SafeForm onSubmit={submit}>
        <DialogContent sx={{ pt: "8px !important" }}>
          <Typography color="textSecondary" sx={{ mb: 2 }}>
            {t("quotas.hint")}
          </Typography>
          {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
          {save.error && <ProblemPanel error={save.error} />}
          {query.isPending && <Skeleton variant="rounded" height={240} />}
          <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 2 }}>
            {quotas.map((quota) => (
              <Box
                component="li"
                key={quota.resource}
                sx={{
                  display: "grid",
                  gap: { xs: 1, sm: 2 },
                  gridTemplateColumns: { sm: "1fr 200px" },
                  alignItems: "start",
                }}
              >
                <QuotaBar quota={quota} />
                <TextField
                  size="small"
                  label={quota.measure === "bytes" ? t("quotas.unit_mb") : undefined}
                  value={
                    typed[quota.resource] ??
                    (quota.is_own ? String(Math.floor(quota.amount / stepOf(quota))) : "")
                  }
                  error={wrong.includes(quota)}
                  placeholder={format.count(Math.floor(quota.most / stepOf(quota)))}
                  helperText={wrong.includes(quota) ? t("quotas.invalid") : undefined}
                  onChange={(event) => setTyped({ ...typed, [quota.resource]: event.target.value })}
                  slotProps={{
                    htmlInput: {
                      inputMode: "numeric",
                      maxLength: 9,
                      "aria-label": t(`quotas.of.${quota.resource}` as "quotas.of.people"),
                    },
                  }}
                />
              </Box>
            ))}
          </Box>
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button
            type="submit"
            variant="contained"
            disabled={changed.length === 0 || wrong.length > 0}
            loading={save.isPending}
          >
            {t("quotas.save")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
