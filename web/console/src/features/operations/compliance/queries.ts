import type { ComplianceLanguage } from "@powerautomation/api-client"
import { queryOptions } from "@tanstack/react-query"
import { api, keys } from "~/server"

const DAY_MS = 86_400_000

/** Which report: changes of so many days, and after how many days without a sign-in somebody is dormant. */
export interface Asked {
  days: number
  dormantDays: number
  language: ComplianceLanguage
}

export const languageOf = (language: string): ComplianceLanguage =>
  language === "zh-CN" || language === "zh-TW" ? language : "en"

export const filterOf = (asked: Asked, now: number) => ({
  since: new Date(now - asked.days * DAY_MS).toISOString(),
  until: new Date(now).toISOString(),
  dormant_days: asked.dormantDays,
  language: asked.language,
})

export const complianceQuery = (asked: Asked) =>
  queryOptions({
    queryKey: [...keys.compliance, asked],
    queryFn: ({ signal }) => api.compliance.get(filterOf(asked, Date.now()), signal),
  })
