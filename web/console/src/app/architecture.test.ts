import { describe, expect, it } from "vitest"

const sources = import.meta.glob<string>("/console/src/**/*.{ts,tsx}", {
  eager: true,
  query: "?raw",
  import: "default",
})

/** Floors of the console, lowest first; a file may import from its own floor's folder and from floors below. */
const floors = [
  ["server", "actions"],
  ["i18n", "auth"],
  ["realtime", "display", "feedback"],
  ["features"],
  ["app"],
]
const floorOf = (folder: string) => floors.findIndex((floor) => floor.includes(folder))

interface Import {
  from: string
  to: string
}

const imports: Import[] = Object.entries(sources).flatMap(([path, source]) => {
  const from = path.replace("/console/src/", "")
  return [...source.matchAll(/(?:from|import\()\s*"~\/([^"]+)"/g)].map((match) => ({
    from,
    to: match[1] ?? "",
  }))
})

const featureOf = (path: string) => /^features\/([^/]+\/[^/]+)/.exec(path)?.[1]

describe("imports of the console", () => {
  it("are found at all", () => {
    expect(imports.length).toBeGreaterThan(80)
  })
  it("point downwards", () => {
    const upwards = imports.filter(({ from, to }) => {
      const above = floorOf(from.split("/")[0] ?? "")
      return above >= 0 && floorOf(to.split("/")[0] ?? "") > above
    })
    expect(upwards).toEqual([])
  })
  it("never lead from one feature into another", () => {
    const sideways = imports.filter(
      ({ from, to }) => featureOf(from) && featureOf(to) && featureOf(from) !== featureOf(to),
    )
    expect(sideways).toEqual([])
  })
})

describe("the code of the console", () => {
  const code = Object.entries(sources).filter(([path]) => !path.includes(".test."))
  const filesWith = (pattern: RegExp) =>
    code.filter(([, source]) => pattern.test(source)).map(([path]) => path)

  it("writes no text as HTML, runs no text as code, and listens to no other window", () => {
    expect(
      filesWith(/dangerouslySetInnerHTML|\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write/),
    ).toEqual([])
    expect(filesWith(/\beval\(|new Function\(|setTimeout\(\s*["'`]/)).toEqual([])
    expect(
      filesWith(/postMessage|(?:window|self|globalThis)\.onmessage|addEventListener\(\s*["']message["']/),
    ).toEqual([])
  })
  it("keeps nothing of the server in the browser's storage", () => {
    // A language and whether shortcuts are on.
    expect(filesWith(/localStorage/)).toEqual(["/console/src/actions/keys.ts", "/console/src/i18n/index.ts"])
    expect(filesWith(/sessionStorage|indexedDB|document\.cookie|caches\.open|serviceWorker/)).toEqual([])
  })
  it("shows no password, and hinders nobody who pastes one", () => {
    const inputs = code.flatMap(([path, source]) =>
      [...source.matchAll(/<TextField\b(?:[^<>]|=>|<[^<>]*>)*?autoComplete="(?:current|new)-password"/g)].map(
        (found) => ({
          path,
          hidden: found[0].includes('type="password"'),
        }),
      ),
    )
    expect(inputs.length).toBeGreaterThanOrEqual(4)
    expect(inputs.filter((input) => !input.hidden)).toEqual([])
    expect(filesWith(/onPaste/)).toEqual([])
  })
})
