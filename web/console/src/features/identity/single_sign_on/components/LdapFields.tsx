import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { useTranslation } from "react-i18next"
import { emptyLdap, type Ldap, type Preset, presets } from "../kinds"
import { Choice } from "./Choice"
import type { KindFieldsProps } from "./OidcFields"

const names = Object.keys(presets) as Preset[]

/** The part of a provider that a directory needs, with what Active Directory and others usually call things. */
export function LdapFields({ draft, secret, hasSecret, faultOf, onChange, onSecret }: KindFieldsProps) {
  const { t } = useTranslation("single_sign_on")
  const ldap = draft.ldap ?? emptyLdap
  const set = (change: Partial<Ldap>) => onChange({ ldap: { ...ldap, ...change } })
  const text = (
    field: keyof Ldap & `${string}`,
    more: { placeholder?: string; multiline?: boolean } = {},
  ) => (
    <TextField
      label={t(`ldap.${field}` as "ldap.bind_dn")}
      value={ldap[field] ?? ""}
      error={Boolean(faultOf(`ldap.${field}`))}
      helperText={faultOf(`ldap.${field}`) ?? t(`ldap.${field}_hint` as "ldap.bind_dn_hint")}
      onChange={(event) => set({ [field]: event.target.value })}
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
              color={ldap.user_filter === presets[one].user_filter ? "primary" : "inherit"}
              aria-pressed={ldap.user_filter === presets[one].user_filter}
              onClick={() => set(presets[one])}
            >
              {t(`ldap.presets.${one}`)}
            </Button>
          ))}
        </Box>
      </Box>
      <TextField
        label={t("ldap.servers")}
        value={ldap.servers.join(" ")}
        placeholder="ldaps://dc1.example.com"
        error={Boolean(faultOf("ldap.servers"))}
        helperText={faultOf("ldap.servers") ?? t("ldap.servers_hint")}
        onChange={(event) => set({ servers: event.target.value.split(/[\s,;]/) })}
        slotProps={{ htmlInput: { maxLength: 1000, inputMode: "url", autoCapitalize: "off" } }}
      />
      {text("ca_certificate", { placeholder: "-----BEGIN CERTIFICATE-----", multiline: true })}
      <Choice
        label={t("ldap.plain")}
        hint={faultOf("ldap.plain") ?? t("ldap.plain_hint")}
        checked={Boolean(ldap.plain)}
        onChange={(plain) => set({ plain })}
      />
      {text("bind_dn", { placeholder: "cn=reader,ou=services,dc=example,dc=com" })}
      <TextField
        label={t("ldap.password")}
        type="password"
        value={secret}
        error={Boolean(faultOf("secret"))}
        helperText={faultOf("secret") ?? t(hasSecret ? "fields.secret_kept" : "ldap.password_hint")}
        onChange={(event) => onSecret(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 2000, autoComplete: "new-password" } }}
      />
      {text("base_dn", { placeholder: "dc=example,dc=com" })}
      {text("user_filter", { multiline: true })}
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr" } }}>
        {text("subject_attribute")}
        {text("email_attribute")}
        {text("name_attribute")}
        {text("group_attribute")}
      </Box>
      {text("group_base_dn")}
      {text("group_filter", { placeholder: "(&(objectClass=groupOfNames)(member={dn}))" })}
      <Choice
        label={t("ldap.nested_groups")}
        hint={t("ldap.nested_groups_hint")}
        checked={Boolean(ldap.nested_groups)}
        onChange={(nested_groups) => set({ nested_groups })}
      />
      <Choice
        label={t("ldap.proves_email")}
        hint={t("ldap.proves_email_hint")}
        checked={Boolean(ldap.proves_email)}
        onChange={(proves_email) => set({ proves_email })}
      />
    </>
  )
}
