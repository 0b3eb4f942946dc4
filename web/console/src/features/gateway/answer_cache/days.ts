import type { CacheReport } from "@powerautomation/api-client"

const DAY_MS = 86_400_000

export interface Days {
  readonly from: string
  /** Exclusive. */
  readonly to: string
  readonly utcOffsetMinutes: number
  /** Where every day begins, oldest first. */
  readonly starts: readonly string[]
}

/** The days of the local time zone until the end of today; utcOffsetMinutes: east of Greenwich is positive. */
export function daysOf(
  count: number,
  now: number,
  utcOffsetMinutes = -new Date(now).getTimezoneOffset(),
): Days {
  const offset = utcOffsetMinutes * 60_000
  const to = (Math.floor((now + offset) / DAY_MS) + 1) * DAY_MS - offset
  const starts = Array.from({ length: count }, (_, index) =>
    new Date(to - (count - index) * DAY_MS).toISOString(),
  )
  return { from: starts[0] ?? "", to: new Date(to).toISOString(), utcOffsetMinutes, starts }
}

export interface Sums {
  readonly hits: number
  readonly semantic: number
  readonly misses: number
  /** Nanos by currency. */
  readonly saved: ReadonlyMap<string, number>
}

type Item = CacheReport["items"][number]

/** Add lines of a report up. */
export function sumOf(items: readonly Item[]): Sums {
  const saved = new Map<string, number>()
  let [hits, semantic, misses] = [0, 0, 0]
  for (const item of items) {
    hits += item.hits
    semantic += item.semantic
    misses += item.misses
    if (item.currency) saved.set(item.currency, (saved.get(item.currency) ?? 0) + item.saved_nanos)
  }
  return { hits, semantic, misses, saved }
}

/** The share of look-ups that were answered from the cache, in percent; null without any. */
export function hitPercent({ hits, semantic, misses }: Sums): number | null {
  const all = hits + semantic + misses
  return all > 0 ? ((hits + semantic) / all) * 100 : null
}

/** Lines of a report by route, the most looked up first; then configured routes without any. */
export function byRoute(items: readonly Item[], routes: readonly string[]): [string, Sums][] {
  const names = new Set([...items.map((item) => item.route), ...routes])
  const sums = [...names].map((name): [string, Sums] => [
    name,
    sumOf(items.filter((item) => item.route === name)),
  ])
  const lookUps = ({ hits, semantic, misses }: Sums) => hits + semantic + misses
  return sums.sort((one, other) => lookUps(other[1]) - lookUps(one[1]) || one[0].localeCompare(other[0]))
}

/** A length of time in its largest unit that leaves no fraction: 86400 is 1 day. */
export function ageOf(seconds: number, locale: string): string {
  const units = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ] as const
  const [unit, size] = units.find(([, one]) => seconds >= one && seconds % one === 0) ?? units[3]
  return (seconds / size).toLocaleString(locale, { style: "unit", unit, unitDisplay: "long" })
}
