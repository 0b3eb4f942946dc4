import type { Approval } from "@powerautomation/api-client"

interface Left {
  readonly seconds: number
  /** Of the whole time, 0 to 100. */
  readonly percent: number
  /** 4:05, or 1:02:03 */
  readonly text: string
}

/** Return how much of the time to answer is left at `now` (ms since the epoch). */
export function timeLeft(approval: Pick<Approval, "created_at" | "expires_at">, now: number): Left {
  const end = Date.parse(approval.expires_at)
  const whole = Math.max(1, end - Date.parse(approval.created_at))
  const left = Math.min(whole, Math.max(0, end - now))
  const seconds = Math.ceil(left / 1000)
  return { seconds, percent: (left / whole) * 100, text: clock(seconds) }
}

function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0")
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
