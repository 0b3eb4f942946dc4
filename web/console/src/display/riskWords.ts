import type { TFunction } from "i18next"

type Translate = TFunction<"risk">

interface Reason {
  readonly code: string
  readonly values: readonly string[]
}

/** Say in the reader's language why something is risky; codes of a later server are shown as they are. */
export function reasonText({ code, values }: Reason, t: Translate): string {
  const told: Record<string, string> = {}
  for (const [index, value] of values.entries()) told[`v${index}`] = value
  if (code === "path" || code === "host") {
    told.v0 = t(`how.${values[0] ?? "read"}` as "how.read", { defaultValue: values[0] ?? "" })
    told.v2 = t(`zones.${values[2] ?? "unknown"}` as "zones.unknown", { defaultValue: values[2] ?? "" })
  }
  const said = t(`reasons.${code}` as "reasons.program", { ...told, defaultValue: "" })
  return said || [code, ...values].join(" ")
}
