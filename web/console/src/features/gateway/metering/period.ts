export const ranges = ["24h", "7d", "30d", "90d"] as const
export type Range = (typeof ranges)[number]

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface Period {
  readonly from: string
  /** Exclusive. */
  readonly to: string
  readonly bucket: "hour" | "day"
  readonly utc_offset_minutes: number
  /** Where every bar begins, oldest first, as the server writes it. */
  readonly starts: readonly string[]
}

/**
 * Return the period that ends with the present hour or day of the local time zone, cut into bars.
 *
 * now: ms since the epoch; utcOffsetMinutes: east of Greenwich is positive. One offset counts for the whole period,
 * on the server too, so a bar on the other side of a clock change begins an hour off midnight.
 */
export function periodOf(
  range: Range,
  now: number,
  utcOffsetMinutes = -new Date(now).getTimezoneOffset(),
): Period {
  const hourly = range === "24h"
  const size = hourly ? HOUR_MS : DAY_MS
  const count = hourly ? 24 : Number.parseInt(range, 10)
  const offset = utcOffsetMinutes * 60_000
  const to = (Math.floor((now + offset) / size) + 1) * size - offset
  const starts = Array.from({ length: count }, (_, index) =>
    new Date(to - (count - index) * size).toISOString(),
  )
  return {
    from: new Date(to - count * size).toISOString(),
    to: new Date(to).toISOString(),
    bucket: hourly ? "hour" : "day",
    utc_offset_minutes: utcOffsetMinutes,
    starts,
  }
}

/** Return where the bar that begins at `start` ends. */
export function endOf(start: string, bucket: "hour" | "day"): string {
  return new Date(Date.parse(start) + (bucket === "hour" ? HOUR_MS : DAY_MS)).toISOString()
}
