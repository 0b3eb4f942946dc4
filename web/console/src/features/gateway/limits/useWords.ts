import type { Limit } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"

/** Amounts of limits and the limits themselves, in words of the screen's language. */
export function useWords() {
  const { t } = useTranslation("limits")
  const format = useFormat()
  const figure = (limit: Pick<Limit, "measure" | "currency">, value: number) =>
    limit.measure === "money" ? format.money(value, limit.currency) : format.count(value)
  const amount = (limit: Pick<Limit, "measure" | "currency">, value: number) =>
    limit.measure === "money"
      ? figure(limit, value)
      : t(`amounts.${limit.measure}`, { count: value, formatted: format.count(value) })
  return {
    /** The number alone, with its currency where it is money. */
    figure,
    amount,
    limit: (limit: Pick<Limit, "measure" | "currency" | "amount" | "window">) =>
      limit.window
        ? t(`per.${limit.window}`, { amount: amount(limit, limit.amount) })
        : amount(limit, limit.amount),
  }
}
