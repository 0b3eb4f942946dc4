import * as format from "@powerautomation/design/format"
import { useMemo } from "react"
import { useTranslation } from "react-i18next"

/** The formatting functions bound to the language of the screen. */
export function useFormat() {
  const { i18n } = useTranslation()
  const locale = i18n.language
  return useMemo(
    () => ({
      locale,
      money: (nanos: number, currency: string, detail?: format.MoneyDetail) =>
        format.formatMoney(nanos, currency, locale, detail),
      price: (decimal: string, currency: string) => format.formatPrice(decimal, currency, locale),
      count: (value: number) => format.formatCount(value, locale),
      shortCount: (value: number) => format.formatShortCount(value, locale),
      percent: (percent: number) => format.formatPercent(percent, locale),
      duration: (milliseconds: number) => format.formatDuration(milliseconds, locale),
      wait: (seconds: number) => format.formatWait(seconds, locale),
      moment: (moment: string, style: "clock" | "day" | "short" | "full") =>
        format.formatMoment(moment, locale, style),
      ago: (moment: string, now: number) => format.formatAgo(moment, now, locale),
    }),
    [locale],
  )
}
