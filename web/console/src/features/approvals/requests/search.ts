import type { Approval, ApprovalFilter } from "@powerautomation/api-client"

export const levels = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "SAFE"] as const
export const shows = ["open", "ended", "all"] as const

/** What the inbox shows: requests that wait when left out. */
export interface ApprovalSearch {
  readonly show?: "ended" | "all"
  readonly level?: (typeof levels)[number]
}

const ended: readonly Approval["state"][] = [
  "approved",
  "reserved",
  "succeeded",
  "failed",
  "outcome_unknown",
  "denied",
  "expired",
  "cancelled",
  "void",
]

/** Read an address; what is not understood is left out. */
export function parseApprovalSearch(search: Record<string, unknown>): ApprovalSearch {
  const show = shows.find((one) => one === search.show)
  return {
    show: show === "open" ? undefined : show,
    level: levels.find((level) => level === search.level),
  }
}

/** What the server is asked for. */
export function filterOf({ show, level }: ApprovalSearch): ApprovalFilter {
  return {
    ...(show === "all" ? {} : { state: show === "ended" ? ended : ["pending" as const] }),
    ...(level ? { level: [level] } : {}),
  }
}
