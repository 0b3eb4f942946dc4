import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Link from "@mui/material/Link"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { certificatesIn, emptySaml, hasMetadata, type Saml, type SamlPreset, samlPresets } from "../saml"
import { Choice } from "./Choice"
import type { KindFieldsProps } from "./OidcFields"
import { RedirectAddress } from "./RedirectAddress"

interface SamlFieldsProps extends KindFieldsProps {
  redirectUri: string
  providerId: string | undefined
}

const names = Object.keys(samlPresets) as SamlPreset[]

/** The part of a provider that SAML needs, with what Microsoft, Okta and others usually call things. */
export function SamlFields({ draft, faultOf, onChange, redirectUri, providerId }: SamlFieldsProps) {
  const { t } = useTranslation("single_sign_on")
  const saml = draft.saml ?? emptySaml
  const [certificates, setCertificates] = useState((saml.certificates ?? []).join("\n"))
  const [preset, setPreset] = useState<SamlPreset>()
  const set = (change: Partial<Saml>) => onChange({ saml: { ...saml, ...change } })
  const metadata = redirectUri.replace(/callback$/, "metadata")
  const text = (
    field: "metadata_url" | "metadata" | "entity_id" | "sso_url" | "service_entity_id" | `${Part}_attribute`,
    more: { placeholder?: string; multiline?: boolean } = {},
  ) => (
    <TextField
      label={t(`saml.${field}`)}
      value={saml[field] ?? ""}
      error={Boolean(faultOf(`saml.${field}`))}
      helperText={faultOf(`saml.${field}`) ?? t(`saml.${field}_hint`)}
      onChange={(event) => {
        // What other metadata say is not mixed with what was known before.
        const told = field === "metadata_url" || field === "metadata"
        set({ ...(told && { entity_id: "", sso_url: "", certificates: [] }), [field]: event.target.value })
        if (told) setCertificates("")
      }}
      slotProps={{
        htmlInput: { autoCapitalize: "off", autoComplete: "off", spellCheck: false },
        formHelperText: { sx: { overflowWrap: "anywhere" } },
      }}
      {...(more.placeholder && { placeholder: more.placeholder })}
      {...(more.multiline && { multiline: true, maxRows: 6 })}
    />
  )
  return (
    <>
      <RedirectAddress address={redirectUri} label={t("saml.reply")} />
      <RedirectAddress address={saml.service_entity_id || metadata} label={t("saml.own_name")} />
      <Link href={providerId ? `${metadata}/${providerId}` : metadata} download variant="body2">
        {t("saml.own_metadata")}
      </Link>
      <Box role="group" aria-label={t("ldap.preset")}>
        <Typography variant="caption" color="textSecondary" component="p" sx={{ mb: 0.5 }}>
          {t("ldap.preset")}
        </Typography>
        <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1 }}>
          {names.map((one) => (
            <Button
              key={one}
              size="small"
              variant="outlined"
              color={preset === one ? "primary" : "inherit"}
              aria-pressed={preset === one}
              onClick={() => {
                setPreset(one)
                set(samlPresets[one])
              }}
            >
              {t(`saml.presets.${one}`)}
            </Button>
          ))}
        </Box>
        {preset && (
          <Typography variant="body2" color="textSecondary" sx={{ mt: 1 }}>
            {t(`saml.steps.${preset}`)}
          </Typography>
        )}
      </Box>
      {text("metadata_url", { placeholder: "https://login.example.com/metadata.xml" })}
      {!saml.metadata_url && text("metadata", { placeholder: "<EntityDescriptor …>", multiline: true })}
      {!hasMetadata(saml) && (
        <>
          {text("entity_id")}
          {text("sso_url", { placeholder: "https://login.example.com/sso" })}
          <TextField
            label={t("saml.certificates")}
            value={certificates}
            placeholder="-----BEGIN CERTIFICATE-----"
            multiline
            maxRows={6}
            error={Boolean(faultOf("saml.certificates"))}
            helperText={faultOf("saml.certificates") ?? t("saml.certificates_hint")}
            onChange={(event) => {
              setCertificates(event.target.value)
              set({ certificates: certificatesIn(event.target.value) })
            }}
          />
        </>
      )}
      {text("service_entity_id", { placeholder: metadata })}
      <Choice
        label={t("saml.sign_requests")}
        hint={t("saml.sign_requests_hint")}
        checked={Boolean(saml.sign_requests)}
        onChange={(sign_requests) => set({ sign_requests })}
      />
      <Choice
        label={t("saml.decrypts")}
        hint={t("saml.decrypts_hint")}
        checked={Boolean(saml.decrypts)}
        onChange={(decrypts) => set({ decrypts })}
      />
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr" } }}>
        {text("subject_attribute")}
        {text("email_attribute")}
        {text("name_attribute")}
        {text("groups_attribute")}
      </Box>
      <Choice
        label={t("saml.proves_email")}
        hint={t("saml.proves_email_hint")}
        checked={Boolean(saml.proves_email)}
        onChange={(proves_email) => set({ proves_email })}
      />
    </>
  )
}

type Part = "subject" | "email" | "name" | "groups"
