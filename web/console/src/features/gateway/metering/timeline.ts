import type { Attempt, RequestDetail } from "@powerautomation/api-client"

export interface AttemptBar {
  readonly attempt: Attempt
  /** Percent of the whole width. */
  readonly left: number
  readonly width: number
  /** Where the first token came, in percent of the whole width, or null. */
  readonly firstToken: number | null
}

const percent = (part: number, whole: number) => Math.min(100, Math.max(0, (part / whole) * 100))

/** Lay the attempts of a request out on one time axis. Returns the bars and the length of the axis in ms. */
export function layOut(request: RequestDetail): { bars: AttemptBar[]; length: number } {
  const start = Date.parse(request.started_at)
  const ends = request.attempts.map((attempt) => Date.parse(attempt.started_at) - start + attempt.duration_ms)
  const length = Math.max(1, request.duration_ms, ...ends)
  const bars = request.attempts.map((attempt): AttemptBar => {
    const offset = Math.max(0, Date.parse(attempt.started_at) - start)
    const left = percent(offset, length)
    return {
      attempt,
      left,
      width: Math.min(100 - left, percent(attempt.duration_ms, length)),
      // An answer in one piece has no first token worth a mark: it came with all the others.
      firstToken:
        attempt.first_token_ms === null || !request.stream
          ? null
          : percent(offset + attempt.first_token_ms, length),
    }
  })
  return { bars, length }
}
