import TextField from "@mui/material/TextField"
import type { SignInProviderDraft } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { emptyOidc } from "../kinds"

/** What the form of a protocol works on: the draft, the secret beside it, and what was refused. */
export interface KindFieldsProps {
  draft: SignInProviderDraft
  secret: string
  hasSecret: boolean
  faultOf: (field: string) => string | undefined
  onChange: (change: Partial<SignInProviderDraft>) => void
  onSecret: (secret: string) => void
}

/** The part of a provider that OpenID Connect needs. */
export function OidcFields({ draft, secret, hasSecret, faultOf, onChange, onSecret }: KindFieldsProps) {
  const { t } = useTranslation("single_sign_on")
  const oidc = draft.oidc ?? emptyOidc
  const set = (change: Partial<typeof oidc>) => onChange({ oidc: { ...oidc, ...change } })
  return (
    <>
      <TextField
        label={t("fields.issuer")}
        value={oidc.issuer}
        placeholder="https://login.example.com"
        error={Boolean(faultOf("oidc.issuer"))}
        helperText={faultOf("oidc.issuer") ?? t("fields.issuer_hint")}
        onChange={(event) => set({ issuer: event.target.value })}
        slotProps={{ htmlInput: { maxLength: 500, inputMode: "url", autoCapitalize: "off" } }}
      />
      <TextField
        label={t("fields.client_id")}
        value={oidc.client_id}
        error={Boolean(faultOf("oidc.client_id"))}
        helperText={faultOf("oidc.client_id")}
        onChange={(event) => set({ client_id: event.target.value })}
        slotProps={{ htmlInput: { maxLength: 300, autoComplete: "off" } }}
      />
      <TextField
        label={t("fields.secret")}
        type="password"
        value={secret}
        helperText={t(hasSecret ? "fields.secret_kept" : "fields.secret_hint")}
        onChange={(event) => onSecret(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 2000, autoComplete: "new-password" } }}
      />
      <TextField
        label={t("fields.scopes")}
        value={oidc.scopes ?? ""}
        helperText={t("fields.scopes_hint")}
        onChange={(event) => set({ scopes: event.target.value })}
        slotProps={{ htmlInput: { maxLength: 500 } }}
      />
    </>
  )
}
