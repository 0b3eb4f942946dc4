import type { BillDifference } from "@powerautomation/api-client"

const SETTLED: readonly BillDifference["finding"][] = ["agrees", "midnight", "credit"]

/** Say whether a line needs nobody's attention. */
export function isSettled(finding: BillDifference["finding"]): boolean {
  return SETTLED.includes(finding)
}

/** Return all tokens of all kinds; null where a side states none. */
export function tokensOf(tokens: BillDifference["here"]): number | null {
  if (!tokens) return null
  return tokens.input + tokens.cached_input + tokens.cache_write_5m + tokens.cache_write_1h + tokens.output
}
