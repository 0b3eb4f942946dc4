import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { ApiProblem, type EmailDomain } from "@powerautomation/api-client"
import { CopyButton, Panel, SafeForm, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { domainsQuery, useAddDomain, useCheckDomain, useRemoveDomain } from "../queries"

/** The e-mail domains of the organization: proven by a line on each domain's own web server. */
export function DomainsPanel({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("single_sign_on")
  const query = useQuery(domainsQuery)
  const add = useAddDomain()
  const [domain, setDomain] = useState("")
  const fault = add.error instanceof ApiProblem ? add.error.fields.domain : undefined
  const items = query.data ?? []
  const submit = () => add.mutate(domain, { onSuccess: () => setDomain("") })
  return (
    <Panel title={t("domains.title")} hint={t("domains.hint")} sx={{ mt: 2 }}>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && items.length === 0 && (
        <Typography variant="body2" color="textSecondary">
          {t("domains.none")}
        </Typography>
      )}
      {items.length > 0 && (
        <Box component="ul" aria-label={t("domains.title")} sx={{ listStyle: "none", m: 0, p: 0 }}>
          {items.map((one) => (
            <DomainRow key={one.id} domain={one} mayWrite={mayWrite} />
          ))}
        </Box>
      )}
      {mayWrite && (
        <SafeForm
          onSubmit={() => domain.trim() && !add.isPending && submit()}
          sx={{ display: "flex", flexWrap: "wrap", gap: 1, mt: 2, alignItems: "flex-start" }}
        >
          <TextField
            size="small"
            label={t("domains.field")}
            value={domain}
            placeholder="example.com"
            error={Boolean(fault)}
            helperText={fault}
            onChange={(event) => setDomain(event.target.value)}
            sx={{ flex: "1 1 200px" }}
            slotProps={{ htmlInput: { maxLength: 254, autoCapitalize: "off", spellCheck: false } }}
          />
          <Button type="submit" variant="outlined" loading={add.isPending} disabled={!domain.trim()}>
            {t("domains.add")}
          </Button>
        </SafeForm>
      )}
      {add.error && !fault && <ProblemPanel error={add.error} />}
    </Panel>
  )
}

function DomainRow({ domain, mayWrite }: { domain: EmailDomain; mayWrite: boolean }) {
  const { t } = useTranslation("single_sign_on")
  const format = useFormat()
  const check = useCheckDomain()
  const remove = useRemoveDomain()
  const [removing, setRemoving] = useState(false)
  return (
    <Box component="li" sx={{ py: 1.25, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}>
        <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{domain.domain}</Typography>
        <Box sx={{ flex: 1 }}>
          <StatusBadge tone={domain.proven_at ? "good" : "neutral"}>
            {t(domain.proven_at ? "domains.proven" : "domains.unproven")}
          </StatusBadge>
        </Box>
        {mayWrite && (
          <>
            <Button
              size="small"
              variant="outlined"
              color="inherit"
              loading={check.isPending}
              aria-label={t("domains.check_named", { domain: domain.domain })}
              onClick={() => check.mutate(domain.id, { onSuccess: () => showToast(t("domains.done")) })}
            >
              {t("domains.check")}
            </Button>
            <Button
              size="small"
              color="error"
              aria-label={t("domains.remove_named", { domain: domain.domain })}
              onClick={() => setRemoving(true)}
            >
              {t("domains.remove")}
            </Button>
          </>
        )}
      </Box>
      {domain.missing_since && domain.lapses_at && (
        <Alert severity="warning" sx={{ mt: 1 }}>
          {t("domains.missing", {
            since: format.moment(domain.missing_since, "full"),
            until: format.moment(domain.lapses_at, "full"),
          })}
        </Alert>
      )}
      {!domain.proven_at && (
        <>
          <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
            {t("domains.put", { address: domain.address })}
          </Typography>
          <Box sx={{ display: "flex", alignItems: "center", gap: 0.5, minWidth: 0 }}>
            <Typography component="code" variant="body2" sx={{ overflowWrap: "anywhere" }}>
              {domain.line}
            </Typography>
            <CopyButton
              text={domain.line}
              label={t("domains.copy", { domain: domain.domain })}
              copiedLabel={t("copied", { ns: "common" })}
            />
          </Box>
        </>
      )}
      {check.error && (
        <Box sx={{ mt: 1 }}>
          <ProblemPanel error={check.error} />
        </Box>
      )}
      <ConfirmDialog
        open={removing}
        title={t("domains.remove_title", { domain: domain.domain })}
        text={t("domains.remove_text")}
        confirmLabel={t("domains.remove")}
        pending={remove.isPending}
        error={remove.error}
        onClose={() => setRemoving(false)}
        onConfirm={() => remove.mutate(domain.id)}
      />
    </Box>
  )
}
