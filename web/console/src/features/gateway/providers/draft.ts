import type {
  Price,
  Provider,
  ProviderChange,
  ProviderModel,
  ProviderPreset,
} from "@powerautomation/api-client"

/** A model as the form holds it: prices are texts in currency units per million tokens, empty means unknown. */
export interface ModelDraft {
  readonly key: number
  readonly publicModel: string
  readonly model: string
  readonly input: string
  readonly cachedInput: string
  readonly output: string
  readonly currency: string
}

let nextKey = 1

export function modelDraft(
  publicModel: string,
  model: string,
  price: Partial<Price> | null = null,
): ModelDraft {
  return {
    key: nextKey++,
    publicModel,
    model,
    input: price?.input ?? "",
    cachedInput: price?.cached_input ?? "",
    output: price?.output ?? "",
    currency: price?.currency ?? "USD",
  }
}

export function modelsOfPreset(preset: ProviderPreset): ModelDraft[] {
  return preset.models.map((one) => modelDraft(one.public_model, one.model))
}

/** A decimal number of zero or more, as a price must be. */
export function isPrice(text: string): boolean {
  return /^\d{1,6}(\.\d{1,6})?$/.test(text.trim())
}

/** Whether the server takes this name for a provider: it becomes part of the names of deployments. */
export function isProviderName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name.trim())
}

/** Return the first reason why a model cannot be saved, or null. */
export function faultOf(draft: ModelDraft): "model" | "price" | null {
  if (!draft.model.trim()) return "model"
  const prices = [draft.input, draft.cachedInput, draft.output].map((text) => text.trim()).filter(Boolean)
  return prices.every(isPrice) ? null : "price"
}

/** Turn the form into what the server takes; a price is sent only when something was filled in. */
export function modelsOf(drafts: readonly ModelDraft[]): ProviderModel[] {
  return drafts.map((draft) => {
    const model = draft.model.trim()
    const amount = (text: string) => text.trim() || null
    const price = {
      input: amount(draft.input),
      cached_input: amount(draft.cachedInput),
      output: amount(draft.output),
      currency: draft.currency,
    }
    const known = price.input !== null || price.cached_input !== null || price.output !== null
    return { public_model: draft.publicModel.trim() || model, model, ...(known && { price }) }
  })
}

/** Return what a person changed about a provider: only that is sent. */
export function changeOf(
  provider: Provider,
  form: { apiKey: string; rate: string; models: ModelDraft[] | null },
): ProviderChange {
  const rate = form.rate.trim() ? Number(form.rate) : null
  return {
    ...(form.apiKey.trim() && { api_key: form.apiKey.trim() }),
    ...(rate !== provider.requests_per_second && { requests_per_second: rate }),
    ...(form.models && { models: modelsOf(form.models) }),
  }
}
