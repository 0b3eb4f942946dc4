/** Return the number a person typed, null for nothing, undefined for what is no number from 0 to `most`. */
export function typedNumber(text: string, most: number): number | null | undefined {
  const typed = text.trim()
  if (typed === "") return null
  return /^\d{1,7}(\.\d{1,6})?$/.test(typed) && Number(typed) <= most ? Number(typed) : undefined
}
