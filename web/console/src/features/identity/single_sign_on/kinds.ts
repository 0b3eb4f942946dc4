import type { SignInProvider, SignInProviderDraft } from "@powerautomation/api-client"
import { emptySaml, isSamlComplete, samlDraftOf } from "./saml"

type Full<Part> = NonNullable<Part>
export type Ldap = Full<SignInProviderDraft["ldap"]>

/** The protocols that can be set up here, in the order in which they are offered. */
export const kinds = ["oidc", "saml", "ldap"] as const
export type Kind = (typeof kinds)[number]

export const emptyOidc: Full<SignInProviderDraft["oidc"]> = {
  issuer: "",
  client_id: "",
  scopes: "openid email profile",
}

const noLdap: Ldap = {
  servers: [""],
  bind_dn: "",
  base_dn: "",
  user_filter: "",
  subject_attribute: "",
}

/** What directories of each maker usually call things. */
export const presets = {
  active_directory: {
    user_filter:
      "(&(objectCategory=person)(objectClass=user)(|(sAMAccountName={username})(userPrincipalName={username})))",
    subject_attribute: "objectGUID",
    email_attribute: "mail",
    name_attribute: "displayName",
    group_attribute: "memberOf",
    group_base_dn: "",
    group_filter: "",
    nested_groups: true,
  },
  openldap: {
    user_filter: "(&(objectClass=inetOrgPerson)(|(uid={username})(mail={username})))",
    subject_attribute: "entryUUID",
    email_attribute: "mail",
    name_attribute: "cn",
    group_attribute: "memberOf",
    group_base_dn: "",
    group_filter: "",
    nested_groups: false,
  },
  freeipa: {
    user_filter: "(&(objectClass=person)(uid={username})(!(nsAccountLock=TRUE)))",
    subject_attribute: "ipaUniqueID",
    email_attribute: "mail",
    name_attribute: "displayName",
    group_attribute: "memberOf",
    group_base_dn: "",
    group_filter: "",
    nested_groups: false,
  },
} satisfies Record<string, Partial<Ldap>>
export type Preset = keyof typeof presets

export const emptyLdap: Ldap = { ...noLdap, ...presets.active_directory }

/** Return the part of an empty draft that belongs to a protocol; what belonged to another one is gone. */
export function emptyOf(kind: Kind): Partial<SignInProviderDraft> {
  return {
    oidc: kind === "oidc" ? emptyOidc : null,
    saml: kind === "saml" ? emptySaml : null,
    ldap: kind === "ldap" ? emptyLdap : null,
  }
}

/** Return which protocol a draft speaks. */
export function kindOf(draft: SignInProviderDraft): Kind {
  if (draft.saml) return "saml"
  return draft.ldap ? "ldap" : "oidc"
}

/** Say whether the browser is sent to a provider of this protocol, and back to the redirect address. */
export function byRedirect(kind: Kind): boolean {
  return kind !== "ldap"
}

/** Say whether everything a protocol cannot do without was entered. */
export function isComplete({ oidc, saml, ldap }: SignInProviderDraft): boolean {
  if (saml) return isSamlComplete(saml)
  const needed = ldap
    ? [ldap.servers[0], ldap.bind_dn, ldap.base_dn, ldap.user_filter, ldap.subject_attribute]
    : [oidc?.issuer, oidc?.client_id]
  return needed.every((one) => one?.trim())
}

/** Return where a provider is, as its row in the list says it. */
export function addressOf(provider: SignInProvider): string {
  return provider.oidc?.issuer ?? provider.saml?.entity_id ?? provider.ldap?.servers.join(", ") ?? ""
}

/** Return a provider as it is entered, to change a part of it. Its secret stays. */
export function draftOf(provider: SignInProvider): SignInProviderDraft {
  const { name, enabled, rules, default_role, email_domains, creates_people, links_by_email, session_hours } =
    provider
  const { oidc, saml, ldap } = provider
  return {
    name,
    enabled,
    rules,
    default_role,
    email_domains,
    creates_people,
    links_by_email,
    session_hours,
    ...(oidc && { oidc: { issuer: oidc.issuer, client_id: oidc.client_id, scopes: oidc.scopes } }),
    ...(saml && { saml: samlDraftOf(saml) }),
    ...(ldap && { ldap }),
  }
}
