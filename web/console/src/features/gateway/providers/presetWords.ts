import type { ProviderPreset } from "@powerautomation/api-client"
import type { TFunction } from "i18next"
import type en from "./messages/en.json"

/** A preset's name and note in the reader's language; the server's own words where the console knows none. */
export function presetWords(
  preset: Pick<ProviderPreset, "id" | "name" | "note">,
  t: TFunction<"providers">,
): { name: string; note: string } {
  const id = preset.id as keyof typeof en.presets
  return {
    name: t(`presets.${id}.name`, { defaultValue: preset.name }),
    note: t(`presets.${id}.note`, { defaultValue: preset.note }),
  }
}
