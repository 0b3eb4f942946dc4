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
