/** A line of a comparison: in both, only before, or only after. */
export interface DiffLine {
  readonly kind: "same" | "old" | "new"
  readonly text: string
}

/** More lines than this on both sides are not compared one by one: the work grows with their product. */
const MOST_COMPARED = 600

/** Return what changes between two texts, line by line; what begins and ends alike is found at once. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = linesOf(before)
  const fresh = linesOf(after)
  let start = 0
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1
  let end = 0
  while (
    end < old.length - start &&
    end < fresh.length - start &&
    old[old.length - 1 - end] === fresh[fresh.length - 1 - end]
  )
    end += 1
  return [
    ...old.slice(0, start).map(line("same")),
    ...middle(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)),
    ...old.slice(old.length - end).map(line("same")),
  ]
}

const linesOf = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"))

const line =
  (kind: DiffLine["kind"]) =>
  (text: string): DiffLine => ({ kind, text })

/** The longest common run of lines stays; the rest is taken out or put in. */
function middle(old: readonly string[], fresh: readonly string[]): DiffLine[] {
  if (old.length > MOST_COMPARED || fresh.length > MOST_COMPARED)
    return [...old.map(line("old")), ...fresh.map(line("new"))]
  // common[i][j]: how many lines old[i..] and fresh[j..] have in common.
  const width = fresh.length + 1
  const common = new Uint16Array((old.length + 1) * width)
  const at = (i: number, j: number) => common[i * width + j] ?? 0
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = fresh.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const found: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < old.length || j < fresh.length) {
    const gone = old[i]
    const come = fresh[j]
    if (gone !== undefined && gone === come) {
      found.push({ kind: "same", text: gone })
      i += 1
      j += 1
    } else if (gone !== undefined && (come === undefined || at(i + 1, j) >= at(i, j + 1))) {
      found.push({ kind: "old", text: gone })
      i += 1
    } else if (come !== undefined) {
      found.push({ kind: "new", text: come })
      j += 1
    }
  }
  return found
}

/** A stretch of lines that are the same, left out of the picture. */
export interface Gap {
  readonly kind: "gap"
  readonly count: number
}

/** Leave out what is the same, but for some lines around what changes. */
export function folded(lines: readonly DiffLine[], around = 3): (DiffLine | Gap)[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some((one) => one.kind !== "same"),
  )
  const found: (DiffLine | Gap)[] = []
  for (const [index, one] of lines.entries()) {
    const last = found.at(-1)
    if (near[index]) found.push(one)
    else if (last?.kind === "gap") found[found.length - 1] = { kind: "gap", count: last.count + 1 }
    else found.push({ kind: "gap", count: 1 })
  }
  return found
}
