import type { ModelPrice } from "@powerautomation/api-client"

/** The prices whose vendor or model has every word that was typed. */
export function searchPrices(prices: readonly ModelPrice[], typed: string): readonly ModelPrice[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return prices.filter(({ vendor, model, price }) => {
    const text = `${vendor}/${model} ${price.currency}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
