type Bundle = Record<string, object>

/**
 * Turn message files, by path, into namespaces: the folder above `messages` names it, so
 * `features/gateway/metering/messages/en.json` is `metering`; the shell's own is `shell`, the shared one `common`.
 */
export function collect(files: Record<string, object>): Bundle {
  return Object.fromEntries(Object.entries(files).map(([path, texts]) => [namespaceOf(path), texts]))
}

export function namespaceOf(path: string): string {
  const folder = path.split("/").at(-3) ?? ""
  return { app: "shell", i18n: "common" }[folder] ?? folder
}
