import type { TFunction } from "i18next"

// What the server says of a wrong condition begins so; the test holds these beginnings against the server's own.
const HINTS = [
  { code: "header", begins: /^Headers are asked for as in (.+)\.$/ },
  { code: "meant", begins: /^Did you mean (.+)\?$/ },
  { code: "quotes", begins: /^Text stands in quotes, as in (.+?)\. A condition may ask for/ },
  { code: "like", begins: /^Compare like with like/ },
  { code: "operators", begins: /^Write == for/ },
  { code: "unfinished", begins: /^Something is missing at the end/ },
  { code: "names", begins: /^A condition may ask for (.+)\.$/ },
  { code: "no_question", begins: /^Compare with something/ },
] as const

/** Say in the reader's language how to mend a condition; the server's own sentence where it is none of those known. */
export function conditionHint(action: string, t: TFunction<"routing">): string {
  for (const { code, begins } of HINTS) {
    const found = begins.exec(action)
    const value = found?.[1] ?? ""
    if (found) return t(`condition_hints.${code}`, { example: value, name: value, names: value })
  }
  return action
}
