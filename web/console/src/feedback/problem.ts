import { ApiProblem } from "@powerautomation/api-client"
import type { TFunction } from "i18next"
import { useTranslation } from "react-i18next"

export interface DescribedProblem {
  readonly message: string
  readonly action: string
  readonly requestId: string
}

/** The part of a problem that is put into words. */
export interface ProblemWords {
  readonly code: string
  readonly message: string
  readonly action: string
  readonly retryAfterSeconds?: number | null
}

/**
 * Put a problem into the person's language, by its code. The server speaks English and says more than a code can
 * (which host, which name), so in English its own sentence stands; in other languages it stands for codes that the
 * console does not know, because a precise foreign sentence helps more than a vague own one.
 */
export function wordsOf(
  problem: ProblemWords,
  t: TFunction,
  language: string,
): Pick<DescribedProblem, "message" | "action"> {
  const code = problem.code.replaceAll(".", "_")
  // Codes that no server of ours has sent: the console itself must speak.
  const own = code === "unreachable" || code.startsWith("http_")
  if (language === "en" && !own) return { message: problem.message, action: problem.action }
  const values = { seconds: Math.ceil(problem.retryAfterSeconds ?? 0) }
  return {
    message: t(`problem.${code}.message` as "problem.internal.message", {
      ...values,
      defaultValue: problem.message,
    }),
    action: t(`problem.${code}.action` as "problem.internal.action", {
      ...values,
      defaultValue: problem.action,
    }),
  }
}

/** Say what went wrong and what to do, whatever was thrown. */
export function describeProblem(error: unknown, t: TFunction, language: string): DescribedProblem {
  if (!(error instanceof ApiProblem)) {
    return { message: t("problem.unexpected.message"), action: t("problem.unexpected.action"), requestId: "" }
  }
  return { ...wordsOf(error, t, language), requestId: error.requestId }
}

export function useDescribedProblem(error: unknown): DescribedProblem {
  const { t, i18n } = useTranslation()
  return describeProblem(error, t, i18n.language)
}
