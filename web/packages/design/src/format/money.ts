/** Nanos in one currency unit: the server counts money in integers of 10^-9. */
export const NANOS_PER_UNIT = 1_000_000_000

/**
 * `cents`: two digits, for totals. `fine`: two to six digits so that a single request is not shown as nothing.
 * `exact`: every digit the ledger holds, for the tooltip.
 */
export type MoneyDetail = "cents" | "fine" | "exact"

/** Write nanos as an exact decimal number, for example 1234500000 as "1.2345". Never goes through a float. */
export function decimalOfNanos(nanos: number): string {
  if (!Number.isSafeInteger(nanos))
    throw new RangeError(`money must be a safe integer of nanos, got ${nanos}`)
  const digits = Math.abs(nanos).toString().padStart(10, "0")
  const fraction = digits.slice(-9).replace(/0+$/, "")
  const whole = digits.slice(0, -9)
  return `${nanos < 0 ? "-" : ""}${whole}${fraction ? `.${fraction}` : ""}`
}

/**
 * How many digits after the point tell something about this amount.
 *
 * From one cent on: two for `cents`, four for `fine`. Below one cent always enough for two significant digits, at
 * most nine, so a tiny amount is never shown as zero.
 */
export function fractionDigits(nanos: number, detail: MoneyDetail): number {
  if (detail === "exact") return 9
  const amount = Math.abs(nanos)
  const usual = detail === "fine" ? 4 : 2
  if (amount === 0) return 2
  if (amount >= NANOS_PER_UNIT / 100) return amount >= NANOS_PER_UNIT * 10 ? 2 : usual
  const leadingDigit = 10 - Math.abs(nanos).toString().length // 0.001 -> digit 3 after the point
  return Math.min(9, Math.max(usual, leadingDigit + 1))
}

const formatters = new Map<string, Intl.NumberFormat>()

function currencyFormat(
  locale: string,
  currency: string,
  minimum: number,
  maximum: number,
): Intl.NumberFormat {
  const key = `${locale}|${currency}|${minimum}|${maximum}`
  let format = formatters.get(key)
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
      minimumFractionDigits: minimum,
      maximumFractionDigits: maximum,
    })
    formatters.set(key, format)
  }
  return format
}

/** Write an amount in a language, for example `$0.0042`. `currency` is an ISO 4217 code; empty counts as USD. */
export function formatMoney(
  nanos: number,
  currency: string,
  locale: string,
  detail: MoneyDetail = "cents",
): string {
  const maximum = fractionDigits(nanos, detail)
  const minimum = detail === "exact" ? 2 : maximum > 4 ? 2 : maximum
  // Intl takes a decimal string exactly; TypeScript's library still types only template numbers.
  const decimal = decimalOfNanos(nanos) as `${number}`
  return currencyFormat(locale, currency || "USD", minimum, maximum).format(decimal)
}

/** Write a price per million tokens that the server sends as a decimal string, for example "0.15" as `$0.15`. */
export function formatPrice(decimal: string, currency: string, locale: string): string {
  return currencyFormat(locale, currency || "USD", 2, 6).format(decimal as `${number}`)
}

/** Return part of whole in percent, or null when there is no whole. */
export function percentOf(part: number, whole: number): number | null {
  return whole > 0 ? (part / whole) * 100 : null
}

/**
 * The difference of two amounts that are shown to the cent beside it: what a reader gets who subtracts what is shown.
 * Below one cent more digits are shown, and the exact difference is right.
 */
export function shownDifference(whole: number, part: number): number {
  const cent = NANOS_PER_UNIT / 100
  const exact = whole - part
  if (Math.abs(whole) < cent || Math.abs(part) < cent || Math.abs(exact) < cent) return exact
  return (Math.round(whole / cent) - Math.round(part / cent)) * cent
}
