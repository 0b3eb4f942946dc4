import type { DoctorCheck } from "@powerautomation/api-client"
import type { TFunction } from "i18next"
import { wordsOf } from "~/feedback"
import type en from "./messages/en.json"

type Finding = keyof typeof en.doctor.found
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
  return {
    title,
    detail: t(`doctor.found.${finding}.detail`, { ...check.values, defaultValue: check.detail }),
    action: t(`doctor.found.${finding}.action`, { ...check.values, defaultValue: check.action }),
  }
}
