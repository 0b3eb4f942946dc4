/** Write a count in full with the language's grouping, for example 1,234,567. */
export function formatCount(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value)
}

/** Write a count short, for example 1.2M; below ten thousand in full. */
export function formatShortCount(value: number, locale: string): string {
  if (Math.abs(value) < 10_000) return formatCount(value, locale)
  return new Intl.NumberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 }).format(value)
}

/** Write a percentage given in percent: one digit below ten, else none. Never rounds up to 100 or down to 0. */
export function formatPercent(percent: number, locale: string): string {
  let shown = percent
  if (percent > 99 && percent < 100) shown = Math.min(percent, 99.9)
  if (percent > 0 && percent < 0.1) shown = 0.1
  const digits = Math.abs(shown) < 10 || (shown > 99 && shown < 100) ? 1 : 0
  return new Intl.NumberFormat(locale, {
    style: "percent",
    minimumFractionDigits: 0,
    maximumFractionDigits: digits,
  }).format(shown / 100)
}
