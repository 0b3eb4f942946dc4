/** The pages of the side bar in their order, by action id, and where a heading begins. */
export const navigation: readonly { heading?: "gateway" | "operations"; actions: readonly string[] }[] = [
  { actions: ["overview", "approvals", "usage", "requests"] },
  {
    heading: "gateway",
    actions: [
      "providers",
      "routes",
      "service-levels",
      "splits",
      "answer-cache",
      "prices",
      "reconciliations",
      "api-keys",
      "limits",
      "get-started",
    ],
  },
  {
    heading: "operations",
    actions: [
      "people",
      "units",
      "roles",
      "policies",
      "approval-rules",
      "single-sign-on",
      "flags",
      "configuration",
      "audit",
      "compliance",
      "privacy",
      "doctor",
      "organizations",
      "settings",
    ],
  },
]

/** The pages that stand at the bottom of a phone; the others are behind "More". */
export const bottomNavigation: readonly string[] = ["overview", "approvals", "requests", "api-keys"]

/** Return whether a page is the one shown; pages below it count, except for the front page. */
export function isCurrent(to: string, path: string): boolean {
  return to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`)
}
