import type { TFunction } from "i18next"

const known = [
  "system_admin",
  "organization_admin",
  "project_manager",
  "developer",
  "operator",
  "guest",
] as const

type Known = (typeof known)[number]

const isKnown = (role: string): role is Known => (known as readonly string[]).includes(role)

/** Return what a role is called: one of the product's in the person's language, one of the organization's as it is. */
export function roleName(t: TFunction<"people">, role: string, name?: string): string {
  return isKnown(role) ? t(`roles.${role}.name`) : name || role
}

/** Return what a role may do, in one sentence. */
export function roleSummary(t: TFunction<"people">, role: { id: string; summary: string }): string {
  return isKnown(role.id) ? t(`roles.${role.id}.summary`) : role.summary
}
