import type { AuditActor, AuditEvent } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import english from "./messages/en.json"

/** Every action there are words for, as the server names it: `api_keys.create`. */
export const knownActions: readonly string[] = Object.entries(english.actions)
  .flatMap(([domain, verbs]) => Object.keys(verbs).map((verb) => `${domain}.${verb}`))
  .sort()

/** The words for what an event says; what has none is shown as the server names it. */
export function useAuditWords() {
  const { t } = useTranslation("audit")
  const words = t as unknown as (key: string, values?: Record<string, string>) => string
  return {
    action: (action: string) => (knownActions.includes(action) ? words(`actions.${action}`) : action),
    target: (event: AuditEvent) => {
      const { type, id, name } = event.target
      // A refused attempt names the kind of things it was about, as the permission does: `api_keys`.
      const known = [type, type.replace(/s$/, "")].find((one) => one in english.targets)
      const kind = known ? words(`targets.${known}`) : type
      const named = name || id
      return named ? words("target_named", { kind, name: named }) : kind
    },
    actor: (actor: AuditActor) => {
      if (actor.kind === "command_line")
        return words("actors.command_line", { name: actor.name || words("actors.somebody") })
      if (actor.kind === "user" || actor.kind === "api_key") return actor.name || actor.id
      return words(`actors.${actor.kind}`)
    },
  }
}
