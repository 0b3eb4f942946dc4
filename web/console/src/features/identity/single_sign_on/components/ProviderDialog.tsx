import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormHelperText from "@mui/material/FormHelperText"
import IconButton from "@mui/material/IconButton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { ApiProblem, type SignInProvider, type SignInProviderDraft } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { Plus, X } from "lucide-react"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast, useDescribedProblem } from "~/feedback"
import { byRedirect, draftOf, emptyOf, isComplete, kindOf } from "../kinds"
import { useSaveProvider } from "../queries"
import { Choice } from "./Choice"
import { KindSelect } from "./KindSelect"
import { LdapFields } from "./LdapFields"
import { OidcFields } from "./OidcFields"
import { RedirectAddress } from "./RedirectAddress"
import { RoleSelect } from "./RoleSelect"
import { SamlFields } from "./SamlFields"

interface ProviderDialogProps {
  provider: SignInProvider | null
  redirectUri: string
  onClose: () => void
}

const empty: SignInProviderDraft = {
  name: "",
  rules: [],
  default_role: "developer",
  email_domains: [],
  creates_people: true,
  links_by_email: false,
}

/** Asks for everything about a provider, in the order in which one sets it up there. */
export function ProviderDialog({ provider, redirectUri, onClose }: ProviderDialogProps) {
  const { t } = useTranslation("single_sign_on")
  const id = useId()
  const [draft, setDraft] = useState<SignInProviderDraft>(
    provider ? draftOf(provider) : { ...empty, ...emptyOf("oidc") },
  )
  const [secret, setSecret] = useState("")
  const [domains, setDomains] = useState((draft.email_domains ?? []).join(", "))
  const save = useSaveProvider(provider)
  const problem = useDescribedProblem(save.error)
  const fields = save.error instanceof ApiProblem ? save.error.fields : {}
  const faultOf = (field: string) => fields[field] || undefined
  const set = (change: Partial<SignInProviderDraft>) => setDraft({ ...draft, ...change })
  const kind = kindOf(draft)
  const own = {
    draft,
    secret,
    hasSecret: Boolean(provider?.has_secret),
    faultOf,
    onChange: set,
    onSecret: setSecret,
  }
  const rules = draft.rules ?? []
  const ready = draft.name.trim() && isComplete(draft)
  const submit = () => {
    const full = {
      ...draft,
      email_domains: domains.split(/[\s,;]+/).filter(Boolean),
      ...(secret && { secret }),
    }
    save.mutate(full, {
      onSuccess: () => {
        showToast(t("saved"))
        onClose()
      },
    })
  }
  const marked = Object.keys(fields).length > 0
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t(provider ? "edit.title" : "add.title")}</DialogTitle>
      <SafeForm onSubmit={() => ready && !save.isPending && submit()}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {save.error &&
            (marked ? (
              <FormHelperText error>{problem.message}</FormHelperText>
            ) : (
              <ProblemPanel error={save.error} />
            ))}
          {!provider && (
            <KindSelect kind={kind} onChange={(one) => setDraft({ ...draft, ...emptyOf(one) })} />
          )}
          {byRedirect(kind) && kind !== "saml" && <RedirectAddress address={redirectUri} />}
          <TextField
            label={t("fields.name")}
            value={draft.name}
            error={Boolean(fields.name)}
            helperText={faultOf("name") ?? t("fields.name_hint")}
            onChange={(event) => set({ name: event.target.value })}
            autoFocus
            slotProps={{ htmlInput: { maxLength: 100 } }}
          />
          {kind === "oidc" && <OidcFields {...own} />}
          {kind === "saml" && <SamlFields {...own} redirectUri={redirectUri} providerId={provider?.id} />}
          {kind === "ldap" && <LdapFields {...own} />}
          <Typography variant="h3" sx={{ mt: 1 }}>
            {t("who.title")}
          </Typography>
          <TextField
            label={t("fields.email_domains")}
            value={domains}
            placeholder="example.com"
            error={Boolean(fields.email_domains)}
            helperText={faultOf("email_domains") ?? t("fields.email_domains_hint")}
            onChange={(event) => setDomains(event.target.value)}
          />
          <Choice
            label={t("fields.creates_people")}
            hint={t("fields.creates_people_hint")}
            checked={Boolean(draft.creates_people)}
            onChange={(creates_people) => set({ creates_people })}
          />
          <Choice
            label={t("fields.links_by_email")}
            hint={t("fields.links_by_email_hint")}
            checked={Boolean(draft.links_by_email)}
            onChange={(links_by_email) => set({ links_by_email })}
          />
          {kind !== "ldap" && (
            <TextField
              type="number"
              label={t("fields.session_hours")}
              value={draft.session_hours || ""}
              error={Boolean(fields.session_hours)}
              helperText={faultOf("session_hours") ?? t("fields.session_hours_hint")}
              onChange={(event) => set({ session_hours: Number(event.target.value) || 0 })}
              slotProps={{ htmlInput: { min: 0, max: 1440, step: 1 } }}
            />
          )}
          <Typography variant="h3" sx={{ mt: 1 }}>
            {t("roles.title")}
          </Typography>
          <Typography variant="body2" color="textSecondary">
            {t("roles.hint")}
          </Typography>
          {rules.map((rule, place) => {
            const change = (more: Partial<typeof rule>) =>
              set({ rules: rules.map((one, at) => (at === place ? { ...one, ...more } : one)) })
            return (
              <Box
                // biome-ignore lint/suspicious/noArrayIndexKey: rules have no other identity while they are typed
                key={place}
                sx={{
                  display: "grid",
                  gap: 1,
                  gridTemplateColumns: { xs: "1fr 1fr auto", sm: "1fr 1fr 1.2fr auto" },
                }}
              >
                <TextField
                  label={t("roles.claim")}
                  value={rule.claim}
                  onChange={(event) => change({ claim: event.target.value })}
                />
                <TextField
                  label={t("roles.value")}
                  value={rule.value}
                  onChange={(event) => change({ value: event.target.value })}
                />
                <Box sx={{ gridColumn: { xs: "1 / 3", sm: "auto" }, gridRow: { xs: 2, sm: "auto" } }}>
                  <RoleSelect
                    label={t("roles.role")}
                    value={rule.role}
                    onChange={(role) => change({ role })}
                  />
                </Box>
                <IconButton
                  aria-label={t("roles.remove", { number: place + 1 })}
                  onClick={() => set({ rules: rules.filter((_, at) => at !== place) })}
                  sx={{ alignSelf: "center" }}
                >
                  <X size={16} />
                </IconButton>
              </Box>
            )
          })}
          <Button
            color="inherit"
            startIcon={<Plus size={16} />}
            onClick={() => set({ rules: [...rules, { claim: "groups", value: "", role: "developer" }] })}
            sx={{ justifySelf: "start" }}
          >
            {t("roles.add")}
          </Button>
          <RoleSelect
            label={t("roles.default")}
            value={draft.default_role ?? ""}
            none={t("roles.refuse")}
            error={Boolean(fields.default_role)}
            helperText={faultOf("default_role") ?? t("roles.default_hint")}
            onChange={(default_role) => set({ default_role })}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!ready} loading={save.isPending}>
            {t("save")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
