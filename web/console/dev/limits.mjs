// Limits of the mock server: sample data, and a store that is changed like the real one.
const NANOS = 1_000_000_000
const limit = (id, more) => ({
  id,
  subject_kind: "organization",
  subject_id: "",
  subject_name: "",
  measure: "requests",
  window: "month",
  amount: 100,
  burst: null,
  currency: "",
  warn_percents: [80, 100],
  used: 0,
  warned: false,
  resets_at: null,
  created_at: "2026-11-01T08:00:00Z",
  ...more,
})

const samples = [
  limit("lim_1", {
    measure: "money",
    currency: "USD",
    amount: 200 * NANOS,
    used: 61 * NANOS + 370_000_000,
    resets_at: "2026-12-01T00:00:00Z",
  }),
  limit("lim_2", {
    subject_kind: "project",
    subject_id: "apollo",
    subject_name: "apollo",
    measure: "tokens",
    window: "day",
    amount: 2_000_000,
    used: 1_724_031,
    warned: true,
    resets_at: "2026-11-22T00:00:00Z",
  }),
  limit("lim_3", {
    subject_kind: "key",
    subject_id: "key_1",
    subject_name: "Claude Code on my laptop",
    window: "minute",
    amount: 60,
    burst: 20,
    warn_percents: [],
    used: 7,
  }),
  limit("lim_4", {
    subject_kind: "person",
    subject_id: "usr_1",
    subject_name: "Admin",
    measure: "concurrency",
    window: "",
    amount: 4,
    warn_percents: [],
    used: 4,
  }),
]

/** Return a function that answers a method and path of the limits with [status, body]. */
export function limitStore(empty) {
  let limits = empty ? [] : samples
  const deleted = new Map()
  return (method, path, body) => {
    const [, id, verb] = path.split("/")
    if (method === "GET") return [200, { items: limits, time_zone: "Asia/Shanghai" }]
    if (method === "POST" && !id) {
      const made = limit(`lim_${limits.length + deleted.size + 1}`, {
        ...body,
        subject_name: body.subject_id,
        created_at: new Date().toISOString(),
      })
      limits = [...limits, made]
      return [201, made]
    }
    if (method === "POST" && verb === "restore") {
      limits = [...limits, deleted.get(id)]
      deleted.delete(id)
      return [200, limits.at(-1)]
    }
    if (method === "PATCH") {
      limits = limits.map((one) => (one.id === id ? { ...one, ...body } : one))
      return [200, limits.find((one) => one.id === id)]
    }
    deleted.set(
      id,
      limits.find((one) => one.id === id),
    )
    limits = limits.filter((one) => one.id !== id)
    return [204]
  }
}
