const columns = ["vendor", "model", "currency", "source", "input", "cached_input", "output"] as const

export type StatedPrice = Readonly<Record<(typeof columns)[number], string>>

/** Return whether an amount can be sent: a plain number from 0 to a million, with at most six decimals. */
export function isAmount(text: string): boolean {
  return /^\d{1,7}(\.\d{1,6})?$/.test(text.trim()) && Number(text) <= 1_000_000
}

/** Return one price as the CSV file that an import reads. Amounts left empty stay unknown. */
export function priceFile(price: StatedPrice): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  return `${columns.join(",")}\n${columns.map((name) => quoted(price[name].trim())).join(",")}\n`
}
