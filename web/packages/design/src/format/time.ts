/** Write a duration given in milliseconds: 0.42ms, 840ms, 2.41s, 1m 5s. */
export function formatDuration(milliseconds: number, locale: string): string {
  const unit = (value: number, name: string, digits: number) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay: "narrow",
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value)
  if (milliseconds < 10) return unit(milliseconds, "millisecond", milliseconds < 1 ? 2 : 1)
  if (milliseconds < 999.5) return unit(milliseconds, "millisecond", 0)
  if (milliseconds < 9_995) return unit(milliseconds / 1000, "second", 2)
  if (milliseconds < 59_950) return unit(milliseconds / 1000, "second", 1)
  const seconds = Math.round(milliseconds / 1000)
  return `${unit(Math.floor(seconds / 60), "minute", 0)} ${unit(seconds % 60, "second", 0)}`
}

/** Write a waiting time in whole seconds, rounded up: 23s. */
export function formatWait(seconds: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "unit", unit: "second", unitDisplay: "narrow" }).format(
    Math.ceil(seconds),
  )
}

/** Write a moment in the local time zone. `clock` is for rows of today, `full` for details and tooltips. */
export function formatMoment(
  moment: string,
  locale: string,
  style: "clock" | "day" | "short" | "full",
): string {
  const date = new Date(moment)
  switch (style) {
    case "clock":
      return date.toLocaleTimeString(locale, {
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        hour12: false,
      })
    case "day":
      return date.toLocaleDateString(locale, { month: "short", day: "numeric" })
    case "short":
      return date.toLocaleString(locale, {
        month: "short",
        day: "numeric",
        hour: "2-digit",
        minute: "2-digit",
        hour12: false,
      })
    case "full":
      return date.toLocaleString(locale, {
        dateStyle: "medium",
        timeStyle: "long",
      })
  }
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
]

/** Write how long ago (or ahead) a moment is, for example "3 minutes ago"; within a minute "now". */
export function formatAgo(moment: string, now: number, locale: string): string {
  const seconds = (new Date(moment).getTime() - now) / 1000
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" })
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  }
  return format.format(0, "second")
}
