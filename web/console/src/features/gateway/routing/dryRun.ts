import type { ApiKey, DryRunBody } from "@powerautomation/api-client"

export const dialects = ["anthropic-messages", "openai-chat", "openai-responses", "gemini"] as const
export type Dialect = (typeof dialects)[number]

/** What a person typed to try a request. */
export interface DryRunDraft {
  readonly dialect: Dialect
  readonly body: string
  readonly headers: string
  readonly model: string
  /** The id of the key whose request it would be; empty for nobody's in particular. */
  readonly keyId: string
}

/** Return the request to try, or null when its body is no JSON object. Lines of headers without a colon are left out. */
export function dryRunOf(draft: DryRunDraft): DryRunBody | null {
  let body: unknown
  try {
    body = JSON.parse(draft.body)
  } catch {
    return null
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null
  const headers: Record<string, string> = {}
  for (const line of draft.headers.split("\n")) {
    const colon = line.indexOf(":")
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  const model = draft.dialect === "gemini" ? draft.model.trim() : ""
  return {
    dialect: draft.dialect,
    body: body as Record<string, unknown>,
    headers,
    model,
    api_key_id: draft.keyId,
  }
}

/** Return the keys that work at a moment, by name. */
export function workingKeys(keys: readonly ApiKey[], now: number): ApiKey[] {
  return keys
    .filter((key) => !key.revoked_at && (!key.expires_at || Date.parse(key.expires_at) > now))
    .sort((one, other) => one.name.localeCompare(other.name))
}
