import type { Approval, RiskAnswer } from "@powerautomation/api-client"

type Arguments = Readonly<Record<string, unknown>>

/** How the arguments of a tool are shown: a command, changes of a file, or a table. `rest`: what is not said thereby. */
export type Shape =
  | { readonly kind: "command"; readonly command: string; readonly field: string; readonly rest: Arguments }
  | {
      readonly kind: "changes"
      readonly path: string
      readonly changes: readonly { readonly before: string; readonly after: string }[]
      /** Whether the file as it was is not known, so that all of it may be new. */
      readonly whole: boolean
      readonly rest: Arguments
    }
  | { readonly kind: "table"; readonly rest: Arguments }

const COMMANDS = ["command", "cmd", "script"]
const PATHS = ["file_path", "filePath", "notebook_path", "path", "filename"]
const CONTENTS = ["content", "contents", "file_text", "new_source"]
const BEFORE = ["old_string", "old_str", "oldText"]
const AFTER = ["new_string", "new_str", "newText"]
const SUMMARY_LENGTH = 160

/** Return how arguments are best shown. Whatever is not recognized is in the table, so nothing is hidden. */
export function shapeOf(given: Arguments): Shape {
  const path = textOf(given, PATHS)
  if (path) {
    const edits = editsOf(given)
    if (edits)
      return {
        kind: "changes",
        path: path.value,
        changes: edits.changes,
        whole: false,
        rest: without(given, [path.name, ...edits.names]),
      }
    const content = textOf(given, CONTENTS)
    if (content)
      return {
        kind: "changes",
        path: path.value,
        changes: [{ before: "", after: content.value }],
        whole: true,
        rest: without(given, [path.name, content.name]),
      }
  }
  const command = textOf(given, COMMANDS)
  if (command?.value)
    return {
      kind: "command",
      command: command.value,
      field: command.name,
      rest: without(given, [command.name]),
    }
  const words = COMMANDS.find((name) => isWords(given[name]))
  if (words)
    return {
      kind: "command",
      command: (given[words] as string[]).map(quoted).join(" "),
      field: "",
      rest: without(given, [words]),
    }
  return { kind: "table", rest: given }
}

function editsOf(given: Arguments) {
  const before = textOf(given, BEFORE)
  const after = textOf(given, AFTER)
  if (before && after)
    return {
      changes: [{ before: before.value, after: after.value }],
      names: [before.name, after.name],
    }
  const several = given.edits
  if (!Array.isArray(several) || several.length === 0) return null
  const changes = several.flatMap((one: unknown) => {
    if (typeof one !== "object" || one === null) return []
    const old = textOf(one as Arguments, BEFORE)
    const fresh = textOf(one as Arguments, AFTER)
    // An edit that says more than these two is shown whole, in the table.
    const known = old && fresh && Object.keys(without(one as Arguments, [old.name, fresh.name])).length === 0
    return known ? [{ before: old.value, after: fresh.value }] : []
  })
  return changes.length === several.length ? { changes, names: ["edits"] } : null
}

function textOf(given: Arguments, names: readonly string[]): { name: string; value: string } | null {
  for (const name of names) {
    const value = given[name]
    if (typeof value === "string") return { name, value }
  }
  return null
}

const isWords = (value: unknown) =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string")

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

const without = (given: Arguments, names: readonly string[]): Arguments =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)))

/** Say in one line what is to be done: the command, the file, the host, or else the arguments. */
export function summaryOf(given: Arguments): string {
  const shape = shapeOf(given)
  if (shape.kind === "command") return short(shape.command)
  if (shape.kind === "changes") return short(shape.path)
  const named = textOf(given, [...PATHS, "url", "uri", "query", "pattern"])
  if (named?.value) return short(named.value)
  return Object.keys(given).length === 0 ? "" : short(JSON.stringify(given))
}

function short(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
  // Every line, as the first alone may be the harmless one.
  const whole = visible(lines.join(" ↵ "))
  return whole.length > SUMMARY_LENGTH ? `${whole.slice(0, SUMMARY_LENGTH)}…` : whole
}

/** Write a value as text: text as it is, everything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2)
}

/** Make characters visible that hide, or that turn the order of what is read around: they are written by number. */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
  )
}

/** Return the assessment of a request; parts an older or newer server does not send are empty. */
export function riskOf(approval: Approval): Omit<RiskAnswer, "demand"> {
  const found = approval.assessment as Partial<RiskAnswer>
  return {
    level: approval.level,
    denied: found.denied ?? false,
    reversible: found.reversible ?? null,
    version: found.version ?? "",
    reasons: found.reasons ?? [],
    touches: found.touches ?? [],
    commands: found.commands ?? [],
  }
}

/** What is reached by name: hosts, and paths outside of the workspace; at most three. */
export function reachOf(approval: Approval): string[] {
  const told = riskOf(approval).touches.filter(
    (touch) =>
      touch.kind === "host" ||
      (touch.kind === "path" && !["workspace", "inside", "generated", "temporary"].includes(touch.zone)),
  )
  return [...new Set(told.map((touch) => touch.name))].slice(0, 3)
}

export const scopes = ["exact", "task", "session", "always"] as const
export type Scope = (typeof scopes)[number]

/** For what else a yes to this may be remembered: nothing critical, of what is high the very same action alone. */
export function scopesFor(approval: Approval): Scope[] {
  if (approval.level === "CRITICAL") return []
  if (approval.level === "HIGH") return ["exact"]
  return scopes.filter(
    (scope) =>
      (scope !== "task" || approval.task_id !== "") && (scope !== "session" || approval.session_id !== ""),
  )
}

/** Whether several of these may be answered at once: nothing high or critical, nothing that needs a reason. */
export function mayBatch(approval: Approval): boolean {
  return approval.may_decide && !["HIGH", "CRITICAL"].includes(approval.level) && approval.mode !== "expert"
}

/** Whether a yes may be said in the list; the others are looked at first. */
export function isSimple(approval: Approval): boolean {
  return ["automatic", "simple"].includes(approval.mode) && !approval.reason_required && mayBatch(approval)
}

/** Read arguments that somebody changed; null when it is no JSON object. */
export function parsedArguments(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
