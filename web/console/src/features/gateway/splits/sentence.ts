import type { ArmDifference, MeasureDifference } from "@powerautomation/api-client"
import type { TFunction } from "i18next"

/** What a sentence speaks about, in this order; all measures would make it unreadable. */
const told = ["cost", "first_token_p50", "error_rate", "rating"] as const
type Told = (typeof told)[number]

/** Say how an arm differs from the baseline: what can be seen, what cannot yet, what there are too few requests for. */
export function clausesOf(
  difference: ArmDifference,
  t: TFunction<"splits">,
  locale: string,
): readonly string[] {
  const found = told.flatMap((name) => difference.measures.filter((one) => one.measure === name))
  const seen = found.filter(({ verdict }) => verdict === "less" || verdict === "more")
  const listed = (verdict: MeasureDifference["verdict"]) => {
    const names = found
      .filter((one) => one.verdict === verdict)
      .map((one) => t(`nouns.${one.measure as Told}`))
    return new Intl.ListFormat(locale, { type: "conjunction" }).format(names)
  }
  const unseen = listed("none_seen")
  const few = listed("too_few")
  return [
    ...seen.map((one) =>
      t(`says.${one.measure as Told}.${one.verdict as "less" | "more"}`, {
        arm: difference.arm,
        by: rangeOf(one, t, locale),
      }),
    ),
    ...(unseen ? [t("says.none_seen", { measures: unseen })] : []),
    ...(few ? [t("says.too_few", { measures: few })] : []),
  ]
}

/** The range of a difference: percent where there is a ratio, percentage points for shares. */
export function rangeOf(one: MeasureDifference, t: TFunction<"splits">, locale: string): string {
  const interval = one.relative ?? one.absolute
  if (!interval) return ""
  const [low = 0, high = 0] = [Math.abs(interval.low) * 100, Math.abs(interval.high) * 100].sort(
    (first, second) => first - second,
  )
  const digits = low >= 10 ? 0 : 1
  const [from, to] = [low, high].map((value) =>
    value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  )
  const range = from === to ? (from ?? "") : `${from}–${to}`
  return one.relative ? `${range}%` : t("points", { range })
}
