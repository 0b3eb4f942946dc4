import type { Setting } from "@powerautomation/api-client"

export interface SettingGroup {
  /** The section, for example `gateway` or `providers.infini`; empty for settings without one. */
  readonly name: string
  readonly settings: readonly Setting[]
}

/** Group settings by their section, keeping order; keep only those whose path or value contains what was typed. */
export function groupSettings(settings: readonly Setting[], typed: string): SettingGroup[] {
  const text = typed.trim().toLowerCase()
  const groups = new Map<string, Setting[]>()
  for (const setting of settings) {
    if (text && !`${setting.path} ${shownValue(setting.value)}`.toLowerCase().includes(text)) continue
    const parts = setting.path.split(".")
    const name = parts.slice(0, -1).join(".")
    groups.set(name, [...(groups.get(name) ?? []), setting])
  }
  return [...groups].map(([name, members]) => ({ name, settings: members }))
}

/** Write a setting's value as it would stand in the configuration file. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return ""
  return typeof value === "string" ? value : JSON.stringify(value)
}
