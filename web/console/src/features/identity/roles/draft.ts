import type { Permission, Role } from "@powerautomation/api-client"

/** What a role changes of the one it inherits from. */
export interface Difference {
  added: readonly string[]
  removed: readonly string[]
}

/** How one permission stands in a role that is being written. */
export type Standing = "inherited" | "added" | "removed" | "absent"

export function standingOf(permission: string, base: Role | undefined, difference: Difference): Standing {
  if (difference.removed.includes(permission)) return "removed"
  if (base?.permissions.includes(permission)) return "inherited"
  return difference.added.includes(permission) ? "added" : "absent"
}

/** Return the difference after somebody turned one permission on or off. */
export function turned(permission: string, base: Role | undefined, difference: Difference): Difference {
  const without = {
    added: difference.added.filter((one) => one !== permission),
    removed: difference.removed.filter((one) => one !== permission),
  }
  switch (standingOf(permission, base, difference)) {
    case "inherited":
      return { ...without, removed: [...without.removed, permission] }
    case "absent":
      return { ...without, added: [...without.added, permission] }
    case "removed":
      // Nothing to inherit any more: what was taken away from it is given by the role itself.
      return base?.permissions.includes(permission)
        ? without
        : { ...without, added: [...without.added, permission] }
    case "added":
      return without
  }
}

/** Return the permissions under their headings, in the order of the headings. */
export function byArea(permissions: readonly Permission[]): [Permission["area"], Permission[]][] {
  const areas = ["gateway", "money", "access", "oversight", "other"] as const
  return areas
    .map((area): [Permission["area"], Permission[]] => [area, permissions.filter((one) => one.area === area)])
    .filter(([, found]) => found.length > 0)
}
