import type { Estimate } from "@powerautomation/api-client"

export interface Scale {
  readonly from: number
  readonly to: number
}

/** The range that every interval of a measure fits into, with room at both ends; shares stay within 0 and 1. */
export function scaleOf(estimates: readonly Estimate[]): Scale {
  const ends = estimates.flatMap(({ value, low, high }) => [value, low, high]).filter((one) => one !== null)
  if (ends.length === 0) return { from: 0, to: 1 }
  const least = Math.min(...ends)
  const most = Math.max(...ends)
  const room = (most - least || Math.abs(most) || 1) * 0.08
  const isShare = estimates.some(({ measure }) => measure === "error_rate" || measure === "rating")
  return {
    from: least >= 0 ? Math.max(0, least - room) : least - room,
    to: isShare ? Math.min(1, most + room) : most + room,
  }
}

/** Where a value stands on a scale, in percent of its length. */
export function placeOf(value: number, { from, to }: Scale): number {
  return to > from ? Math.min(100, Math.max(0, ((value - from) / (to - from)) * 100)) : 50
}
