const STEPS = [1, 2, 2.5, 5, 10]
const MOST_STEPS = 4
/** A smaller axis would be divided into billionths of nothing. */
const LEAST_NANOS = 4_000_000

/** Round amounts from nothing to just above the highest bar, all nanos: 0, 2, 4, 6 for a bar of 5.1. */
export function moneyTicks(highest: number): number[] {
  const most = Math.max(highest, LEAST_NANOS)
  const power = 10 ** Math.floor(Math.log10(most / MOST_STEPS))
  const step = (STEPS.find((each) => each * power * MOST_STEPS >= most) ?? 10) * power
  const count = Math.ceil(most / step - 1e-9)
  return Array.from({ length: count + 1 }, (_, index) => index * step)
}
