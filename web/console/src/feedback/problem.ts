import { ApiProblem } from "@powerautomation/api-client"
import type { TFunction } from "i18next"
import { useTranslation } from "react-i18next"

export interface DescribedProblem {
  readonly message: string
  readonly action: string
  readonly requestId: string
}

/**
 * Put a failure into the person's language. Codes that the console knows are translated; the server's own English
 * sentence stands for all others, because a precise foreign sentence helps more than a vague own one.
 */
export function describeProblem(error: unknown, t: TFunction): DescribedProblem {
  if (!(error instanceof ApiProblem)) {
    return { message: t("problem.unexpected.message"), action: t("problem.unexpected.action"), requestId: "" }
  }
  const code = error.code.replaceAll(".", "_")
  const message = t(`problem.${code}.message` as "problem.unexpected.message", {
    defaultValue: error.message,
  })
  const action = t(`problem.${code}.action` as "problem.unexpected.action", {
    defaultValue: error.action,
    seconds: Math.ceil(error.retryAfterSeconds ?? 0),
  })
  return { message, action, requestId: error.requestId }
}

export function useDescribedProblem(error: unknown): DescribedProblem {
  const { t } = useTranslation()
  return describeProblem(error, t)
}
