/** A piece of text that stayed, went or came. */
export interface Piece {
  readonly kind: "same" | "gone" | "new"
  readonly text: string
}

const MOST_WORDS = 400
const split = (text: string) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []

/** Return a value as people read it. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return ""
  if (typeof value === "string") return value
  if (Array.isArray(value) && value.every((one) => typeof one === "string" || typeof one === "number"))
    return value.join(", ")
  return JSON.stringify(value, null, 1)
}

/** Return what differs between two texts, word by word; of very long ones as a whole. */
export function compare(before: string, after: string): Piece[] {
  const from = split(before)
  const to = split(after)
  if (from.length > MOST_WORDS || to.length > MOST_WORDS) {
    return [
      { kind: "gone", text: before },
      { kind: "new", text: after },
    ]
  }
  // The longest words that stay in their order.
  const lengths = Array.from({ length: from.length + 1 }, () => new Array<number>(to.length + 1).fill(0))
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0
  for (let i = from.length - 1; i >= 0; i--) {
    const row = lengths[i]
    if (!row) continue
    for (let j = to.length - 1; j >= 0; j--)
      row[j] = from[i] === to[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  const pieces: Piece[] = []
  const add = (kind: Piece["kind"], text: string) => {
    const last = pieces.at(-1)
    if (last?.kind === kind) pieces[pieces.length - 1] = { kind, text: last.text + text }
    else pieces.push({ kind, text })
  }
  let i = 0
  let j = 0
  while (i < from.length || j < to.length) {
    const one = from[i]
    const other = to[j]
    if (one !== undefined && one === other) {
      add("same", one)
      i++
      j++
    } else if (other === undefined || (one !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      add("gone", one ?? "")
      i++
    } else {
      add("new", other)
      j++
    }
  }
  return pieces
}
