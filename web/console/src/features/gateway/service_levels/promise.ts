import type { PromiseDraft, ServiceLevel, ServicePeriod } from "@powerautomation/api-client"

/** What stands in the fields of the form, as it was typed. */
export interface PromiseFields {
  availability: string
  latency: string
  errors: string
  below: string
  credit: string
}

type Noted = NonNullable<ServiceLevel["promise"]>

/** The fields of a promise. Of several credit steps the form shows the first; the others stay as they are. */
export function fieldsOf(promise: Noted | null): PromiseFields {
  const step = promise?.credits[0]
  return {
    availability: text(promise?.availability_percent),
    latency: text(promise?.latency_p95_ms),
    errors: text(promise?.error_rate_percent),
    below: text(step?.below_percent),
    credit: text(step?.credit_percent),
  }
}

const text = (value: number | null | undefined) => (value == null ? "" : String(value))

/** A percentage from 0 to 100 with at most six decimals, null for an empty field, undefined for anything else. */
export function percentOf(typed: string): string | null | undefined {
  const value = typed.trim().replace(",", ".")
  if (!value) return null
  return /^\d{1,3}(\.\d{1,6})?$/.test(value) && Number(value) <= 100 ? value : undefined
}

/** Whole milliseconds, null for an empty field, undefined for anything else. */
export function millisecondsOf(typed: string): number | null | undefined {
  const value = typed.trim()
  if (!value) return null
  return /^[1-9]\d{0,6}$/.test(value) && Number(value) <= 3_600_000 ? Number(value) : undefined
}

/** The promise the fields say, or null while they say none. */
export function draftOf(fields: PromiseFields, before: Noted | null): PromiseDraft | null {
  const availability = percentOf(fields.availability)
  const latency = millisecondsOf(fields.latency)
  const errors = percentOf(fields.errors)
  const below = percentOf(fields.below)
  const credit = percentOf(fields.credit)
  if ([availability, latency, errors, below, credit].includes(undefined)) return null
  if (availability === null && latency === null && errors === null) return null
  if ((below === null) !== (credit === null)) return null
  const others = (before?.credits ?? []).slice(1)
  return {
    availability_percent: availability ?? null,
    latency_p95_ms: latency ?? null,
    error_rate_percent: errors ?? null,
    credits: [...(below && credit ? [{ below_percent: below, credit_percent: credit }] : []), ...others],
  }
}

/** Name an hour, a day or a month as the server counts it, in UTC: a day of UTC is not one of the local zone. */
export function periodName(start: string, period: ServicePeriod, locale: string): string {
  const date = new Date(start)
  switch (period) {
    case "hour":
      return `${date.toLocaleString(locale, {
        month: "short",
        day: "numeric",
        hour: "2-digit",
        minute: "2-digit",
        hour12: false,
        timeZone: "UTC",
      })} UTC`
    case "day":
      return date.toLocaleDateString(locale, { month: "short", day: "numeric", timeZone: "UTC" })
    case "month":
      return date.toLocaleDateString(locale, { month: "long", year: "numeric", timeZone: "UTC" })
  }
}

type Measured = ServiceLevel["periods"][number]
/** A period of a chart; without `measured` nobody asked the provider then. */
export interface Shown extends Partial<Omit<Measured, "start">> {
  readonly start: string
}

/** Periods one after another from the first measured to the last: those in which nothing was asked leave a gap. */
export function withoutGaps(periods: readonly Measured[], period: ServicePeriod): readonly Shown[] {
  const known = new Map(periods.map((one) => [Date.parse(one.start), one]))
  const moments = [...known.keys()]
  const last = Math.max(...moments)
  const found: Shown[] = []
  for (let at = Math.min(...moments); at <= last; at = after(at, period)) {
    found.push(known.get(at) ?? { start: new Date(at).toISOString() })
  }
  return found
}

function after(moment: number, period: ServicePeriod): number {
  if (period !== "month") return moment + (period === "hour" ? 3_600_000 : 86_400_000)
  const date = new Date(moment)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}
