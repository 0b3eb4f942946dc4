/**
 * What a person needs to use a page or an action, by the first part of its address or by its id; one of several is
 * enough. What is not listed is for everybody who is signed in.
 */
const pages: Readonly<Record<string, readonly string[]>> = {
  "": ["usage:read"],
  usage: ["usage:read"],
  requests: ["requests:read"],
  providers: ["providers:read"],
  routes: ["routes:read"],
  "service-levels": ["service_levels:read"],
  splits: ["splits:read"],
  prices: ["prices:read"],
  "answer-cache": ["answer_cache:read"],
  reconciliations: ["reconciliations:read"],
  "api-keys": ["api_keys:read", "api_keys:own"],
  limits: ["limits:read"],
  "get-started": ["api_keys:write", "api_keys:own"],
  doctor: ["system:read"],
  settings: ["settings:read"],
  people: ["users:read"],
  organizations: ["organizations:manage"],
  roles: ["users:read"],
  policies: ["policies:read"],
  approvals: ["approvals:read", "approvals:request"],
  "approval-rules": ["approval_rules:read"],
  units: ["units:read"],
  privacy: ["personal_data:read"],
  "single-sign-on": ["single_sign_on:read"],
  audit: ["audit:read"],
  compliance: ["compliance:read"],
  flags: ["flags:read"],
  configuration: ["configuration:read"],
}

/** Actions that change something need more than their page. */
const actions: Readonly<Record<string, readonly string[]>> = {
  "api-keys.create": ["api_keys:write", "api_keys:own"],
  "limits.add": ["limits:write"],
  "people.invite": ["users:write"],
  "policies.create": ["policies:write"],
  "organizations.create": ["organizations:manage"],
  "roles.create": ["roles:write"],
  "flags.create": ["flags:write"],
  "providers.add": ["providers:write"],
}

const one = (needed: readonly string[] | undefined, permissions: readonly string[]) =>
  !needed || needed.some((permission) => permissions.includes(permission))

/** Return whether a page may be opened with these permissions; `path` is without the base, for example "/requests/1". */
export function mayOpen(path: string, permissions: readonly string[]): boolean {
  return one(pages[path.split("?")[0]?.split("/")[1] ?? ""], permissions)
}

/** Return whether an action is offered with these permissions. */
export function mayDo(action: { id: string; to?: string }, permissions: readonly string[]): boolean {
  return one(actions[action.id], permissions) && (!action.to || mayOpen(action.to, permissions))
}

/** Return what a page needs, to be told to who may not open it. */
export function neededFor(path: string): string {
  return pages[path.split("/")[1] ?? ""]?.[0] ?? ""
}
