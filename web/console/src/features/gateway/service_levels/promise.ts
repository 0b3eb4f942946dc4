import type { PromiseDraft, ServiceLevel } from "@powerautomation/api-client"

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
