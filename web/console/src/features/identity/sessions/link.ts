/**
 * Return the one-time token of a sign-in link (`/sign-in#token=...`), or empty. It is removed from the address at
 * once: it must not stay in the history, and it is after `#` so that no server or proxy has logged it.
 */
export function takeLinkToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? ""
  if (token) history.replaceState(history.state, "", location.pathname + location.search)
  return token
}

let kept = ""

/** Keep an invitation in this page while its person signs in first; `takeKeptInvitation` gives it back, once. */
export function keepInvitation(token: string): void {
  kept = token
}

export function takeKeptInvitation(): string {
  const token = kept
  kept = ""
  return token
}

/**
 * Return where to go after signing in: an address of this console, or its first page. The address comes from a link that
 * anybody may have made, and browsers read `/\\host` and `/<tab>/host` like `//host`.
 */
export function ownAddress(next: string | undefined): string {
  if (!next?.startsWith("/")) return "/"
  try {
    const url = new URL(next, location.origin)
    return url.origin === location.origin ? url.pathname + url.search + url.hash : "/"
  } catch {
    return "/"
  }
}
