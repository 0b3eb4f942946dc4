import type { SignInProvider, SignInProviderDraft } from "@powerautomation/api-client"

export type Saml = NonNullable<SignInProviderDraft["saml"]>

export const emptySaml: Saml = {
  metadata_url: "",
  metadata: "",
  entity_id: "",
  sso_url: "",
  certificates: [],
}

const schemas = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
const plain = { email_attribute: "email", name_attribute: "displayName", groups_attribute: "groups" }

/** What providers of each maker usually call things. */
export const samlPresets = {
  entra: {
    subject_attribute: "http://schemas.microsoft.com/identity/claims/objectidentifier",
    email_attribute: `${schemas}/emailaddress`,
    name_attribute: "http://schemas.microsoft.com/identity/claims/displayname",
    groups_attribute: "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
  },
  okta: { subject_attribute: "", ...plain },
  google: { subject_attribute: "", ...plain },
  adfs: {
    subject_attribute: "",
    email_attribute: `${schemas}/emailaddress`,
    name_attribute: `${schemas}/name`,
    groups_attribute: "http://schemas.xmlsoap.org/claims/Group",
  },
  keycloak: { subject_attribute: "", ...plain },
} satisfies Record<string, Partial<Saml>>
export type SamlPreset = keyof typeof samlPresets

/** Say whether the provider's own metadata decide over its name, address and certificates. */
export function hasMetadata(saml: Saml): boolean {
  return Boolean(saml.metadata_url?.trim() || saml.metadata?.trim())
}

/** Say whether everything SAML cannot do without was entered. */
export function isSamlComplete(saml: Saml): boolean {
  const entered = Boolean(saml.entity_id?.trim() && saml.sso_url?.trim() && saml.certificates?.length)
  return hasMetadata(saml) || entered
}

/** Return the certificates in a text, each beginning with its own line. */
export function certificatesIn(text: string): string[] {
  return text
    .split(/(?<=-----END CERTIFICATE-----)/)
    .map((one) => one.trim())
    .filter(Boolean)
}

/** Return what was saved, as it is entered. */
export function samlDraftOf(saml: NonNullable<SignInProvider["saml"]>): Saml {
  const { own_certificate: _, ...entered } = saml
  return entered
}
