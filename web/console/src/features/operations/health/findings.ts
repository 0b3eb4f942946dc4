import type { DoctorCheck } from "@powerautomation/api-client"
import type { TFunction } from "i18next"
import { wordsOf } from "~/feedback"
import type en from "./messages/en.json"

type Finding = keyof typeof en.doctor.found
/** Why a connection failed, as the server and operating systems write it in English. */
const REASONS = [
  { code: "name", says: /^its name is not known$/i },
  { code: "certificate", says: /^its certificate is not trusted: (.+)$/i },
  { code: "refused", says: /^connection refused$/i },
  { code: "timeout", says: /^connection timed out$/i },
  { code: "no_route", says: /^no route to host$/i },
  { code: "network", says: /^network is unreachable$/i },
] as const

function reasonIn(reason: string, t: TFunction<"health">): string {
  for (const { code, says } of REASONS) {
    const found = says.exec(reason)
    if (found) return t(`doctor.reasons.${code}`, { detail: found[1] ?? "" })
  }
  return reason
}

type Title = Exclude<keyof typeof en.doctor.titles, "reach">

/**
 * Say in the reader's language what the doctor found. The server says the same in English; its words stand for findings
 * that this console does not know.
 */
export function wordsOfCheck(
  check: DoctorCheck,
  t: TFunction<"health">,
  common: TFunction,
  language: string,
): { title: string; detail: string; action: string } {
  const title =
    check.id.startsWith("reach_") && check.values.provider
      ? t("doctor.titles.reach", { provider: check.values.provider })
      : t(`doctor.titles.${check.id.replace(/_\d+$/, "") as Title}`, { defaultValue: check.title })
  // A code with a dot is that of a problem which kept the check from being done.
  if (check.code.includes(".")) {
    const { message, action } = wordsOf(
      { code: check.code, message: check.detail, action: check.action },
      common,
      language,
    )
    return { title, detail: message, action }
  }
  const finding = check.code as Finding
  const values = { ...check.values, ...(check.values.reason && { reason: reasonIn(check.values.reason, t) }) }
  return {
    title,
    detail: t(`doctor.found.${finding}.detail`, { ...values, defaultValue: check.detail }),
    action: t(`doctor.found.${finding}.action`, { ...check.values, defaultValue: check.action }),
  }
}
