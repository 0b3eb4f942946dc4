import type {
  ApprovalCase,
  ApprovalRule,
  ApprovalRules,
  ApprovalRulesDraft,
} from "@powerautomation/api-client"

export const levels = ["SAFE", "LOW", "MEDIUM", "HIGH", "CRITICAL"] as const
export type Level = (typeof levels)[number]
export const modes = ["automatic", "simple", "detailed", "expert"] as const

export type Rule = Omit<ApprovalRule, "needs"> & {
  needs: Omit<ApprovalRule["needs"], "mode"> & { mode: string }
}

/** Own rules and test cases while they are changed, before they are saved. */
export interface Draft {
  rules: readonly Rule[]
  cases: readonly ApprovalCase[]
}

export const emptyRule: Rule = {
  name: "",
  summary: "",
  enabled: true,
  tools: [],
  agents: [],
  command: "",
  paths: [],
  hosts: [],
  raises: true,
  level: "HIGH",
  lowers: [],
  needs: { mode: "", timeout_seconds: 0, approver_role: "", reason_required: false, second_person: false },
}

export function draftOf(rules: ApprovalRules): Draft {
  return { rules: rules.rules, cases: rules.cases }
}

/** What the server is sent; what each level needs stays as it is. */
export function bodyOf(draft: Draft, known: ApprovalRules): ApprovalRulesDraft {
  return { rules: draft.rules, cases: draft.cases, levels: known.own_levels } as unknown as ApprovalRulesDraft
}

/** Return the patterns in a text, separated by commas or lines. */
export function patternsOf(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((one) => one.trim())
    .filter(Boolean)
}
