const STORED = "powerautomation.single-key-shortcuts"
/** How long the first key of a pair waits for the second. */
export const PAIR_MS = 1_200

/** Whether keys without Ctrl or Cmd do something; speech input users may need them off (WCAG 2.1.4). */
export function singleKeysEnabled(): boolean {
  try {
    return localStorage.getItem(STORED) !== "off"
  } catch {
    return true
  }
}

export function setSingleKeysEnabled(enabled: boolean): void {
  try {
    localStorage.setItem(STORED, enabled ? "on" : "off")
  } catch {
    // Storage may be forbidden: then the choice lasts as long as the page.
  }
}

/** Whether a key press belongs to a field that somebody types into; letters do nothing in a checkbox. */
export function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type)) return false
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
      target.role === "combobox")
  )
}
