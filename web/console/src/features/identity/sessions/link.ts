/**
 * Return the one-time token of a sign-in link (`/sign-in#token=...`), or empty. It is removed from the address at
 * once: it must not stay in the history, and it is after `#` so that no server or proxy has logged it.
 */
export function takeLinkToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? ""
  if (token) history.replaceState(history.state, "", location.pathname + location.search)
  return token
}
