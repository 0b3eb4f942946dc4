// A server that answers like the real one, for working on the screens. It never ships.
//   node dev/mock-server.mjs [--port 18080] [--empty] [--still]
// --empty: nothing happened yet; --still: no live requests, for comparable screenshots.
import { createReadStream, existsSync, statSync } from "node:fs"
import { createServer } from "node:http"
import { extname, join, normalize } from "node:path"
import { fileURLToPath } from "node:url"
import { WebSocketServer } from "ws"
import { limitStore } from "./limits.mjs"
import {
  checks,
  connect,
  detailOf,
  history,
  keys,
  makeRequest,
  presets,
  providers,
  random,
  routes,
  settings,
} from "./sample-data.mjs"

const args = process.argv.slice(2)
const port = Number(args[args.indexOf("--port") + 1]) || 18080
const empty = args.includes("--empty")
const still = args.includes("--still")
const consoleFolder = fileURLToPath(new URL("../../../powerautomation/console/", import.meta.url))

const startedAt = Date.now()
let requests = empty ? [] : history(startedAt, 90)
let signedIn = false
let user = { id: "user_1", email: "admin@localhost", name: "", locale: "en", has_password: false }
const session = () => ({
  user,
  organization: { id: "org_1", name: "Default" },
  permissions: ["api_keys:read", "api_keys:write", "providers:read", "providers:write", "requests:read"],
  csrf_token: "csrf-1",
  environment: "production",
  expires_at: new Date(Date.now() + 8 * 3_600_000).toISOString(),
})
const ago = (days) => new Date(startedAt - days * 86_400_000).toISOString()
const labels = { allowed_models: [], created_by: "usr_1", project: "", tags: [] }
const answerLimits = limitStore(empty)
let apiKeys = empty
  ? []
  : keys.map((key) => ({
      id: key.id,
      name: key.name,
      hint: key.hint,
      created_at: ago(key.days),
      created_by_name: "Admin",
      expires_at: null,
      revoked_at: key.revoked ? ago(key.revoked) : null,
      last_used_at: ago(key.used),
      ...labels,
      project: key.id === "key_2" ? "apollo" : "",
    }))
let providerList = empty
  ? [
      {
        ...providers()[3],
        id: "demo",
        name: "demo",
        source: "built-in",
        editable: false,
        base_url: "",
        deployments: [
          {
            ...providers()[3].deployments[0],
            id: "demo/demo",
            public_model: "demo",
            model: "demo",
            health: {
              state: "closed",
              why: "",
              recent_failures: 0,
              retry_in_seconds: null,
              recent_attempts: 0,
              error_share: null,
              latency_ms: null,
            },
          },
        ],
      },
    ]
  : providers()
const removed = new Map()
let running = []
const sockets = new Set()

const send = (response, status, body, headers = {}) => {
  response.writeHead(status, {
    "content-type": status >= 400 ? "application/problem+json" : "application/json",
    "x-request-id": "req_mock_0001",
    ...headers,
  })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
const problem = (response, status, code, detail, action = "") =>
  send(response, status, { status, code, title: code, detail, action, request_id: "req_mock_0001" })
const bodyOf = async (request) => {
  let text = ""
  for await (const chunk of request) text += chunk
  return text ? JSON.parse(text) : {}
}
const broadcast = (message) => {
  for (const socket of sockets) socket.send(JSON.stringify(message))
}

function filtered(query) {
  return requests.filter(
    (r) =>
      (!query.get("model") || r.requested_model === query.get("model")) &&
      (!query.get("deployment") || r.deployment === query.get("deployment")) &&
      (!query.get("outcome") || r.outcome === query.get("outcome")) &&
      (!query.get("api_key_id") || r.api_key_id === query.get("api_key_id")) &&
      (!query.get("from") || r.started_at >= query.get("from")) &&
      (!query.get("to") || r.started_at < query.get("to")),
  )
}

const zero = () => ({
  requests: 0,
  failed: 0,
  refused: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  spent_nanos: 0,
  cost_nanos: 0,
  baseline_nanos: 0,
  savings_nanos: 0,
  unpriced_requests: 0,
  demo_requests: 0,
})
function count(sum, r) {
  sum.requests += 1
  if (r.outcome === "failed") sum.failed += 1
  for (const name of ["input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens"])
    sum[name] += r[name]
  sum.input_tokens += r.cache_write_tokens
  if (r.demo) sum.demo_requests += 1
  sum.spent_nanos += r.cost_nanos ?? 0
  if (r.savings_nanos === null) {
    if (r.outcome !== "failed") sum.unpriced_requests += 1
  } else {
    sum.cost_nanos += r.cost_nanos
    sum.baseline_nanos += r.baseline_nanos
    sum.savings_nanos += r.savings_nanos
  }
}
/** The same sums in the shape of the usage explorer, which knows more dimensions and what broken caches cost. */
function exploration(query) {
  const grouping = query.get("group_by")
  const asked = new URLSearchParams(query)
  asked.set("group_by", ["model", "deployment", "api_key"].includes(grouping) ? grouping : "model")
  asked.set("utc_offset_minutes", "0")
  const sums = usage(asked)
  const explored = (sum) => ({
    ...sum,
    cancelled: 0,
    attempts: sum.requests + sum.failed,
    estimated_attempts: 0,
    unpriced_attempts: 0,
    cache_write_tokens: 0,
    compared_nanos: sum.cost_nanos,
    cache_breaks: sum.failed,
    cache_lost_tokens: sum.failed * 9000,
    cache_lost_nanos: sum.failed * 18_000_000,
  })
  return {
    rows: sums.buckets.map((bucket) => ({ ...explored(bucket), name: bucket.group })),
    totals: sums.totals.map(explored),
    rates: [],
    from: sums.from,
    to: sums.to,
  }
}

function usage(query) {
  const from = Date.parse(query.get("from"))
  const to = Date.parse(query.get("to"))
  const offset = Number(query.get("utc_offset_minutes") ?? 0) * 60_000
  const size = query.get("bucket") === "hour" ? 3_600_000 : 86_400_000
  const grouping = query.get("group_by") ?? "none"
  const group = (r) =>
    grouping === "model"
      ? r.requested_model
      : grouping === "deployment"
        ? (r.deployment ?? "")
        : grouping === "api_key"
          ? r.api_key_id
          : ""
  const buckets = new Map()
  const totals = new Map()
  for (const r of requests) {
    const at = Date.parse(r.started_at)
    if (at < from || at >= to) continue
    const start = Math.floor((at + offset) / size) * size - offset
    const key = `${start}|${group(r)}|${r.currency}`
    if (!buckets.has(key))
      buckets.set(key, {
        start: new Date(start).toISOString(),
        group: group(r),
        currency: r.currency,
        ...zero(),
      })
    count(buckets.get(key), r)
    if (!totals.has(r.currency)) totals.set(r.currency, { currency: r.currency, ...zero() })
    count(totals.get(r.currency), r)
  }
  return {
    buckets: [...buckets.values()].sort((a, b) => (a.start < b.start ? -1 : 1)),
    totals: [...totals.values()],
    from: query.get("from"),
    to: query.get("to"),
  }
}

async function api(request, response, url) {
  const path = url.pathname.replace("/api/v1/", "")
  const route = `${request.method} ${path}`
  const query = url.searchParams
  if (route === "POST session/link") {
    const { token } = await bodyOf(request)
    if (token !== "demo")
      return problem(
        response,
        401,
        "sessions.link_invalid",
        "This link was already used or has expired.",
        "Print a new one with: powerautomation sign-in-link",
      )
    signedIn = true
    return send(response, 200, session(), { "set-cookie": "pa_session=1; HttpOnly; SameSite=Lax; Path=/" })
  }
  if (route === "POST session") {
    const { password } = await bodyOf(request)
    if (password.length < 8)
      return problem(
        response,
        401,
        "sessions.credentials_wrong",
        "E-mail or password is wrong.",
        "Try again, or print a one-time link on the server with: powerautomation sign-in-link",
      )
    signedIn = true
    return send(response, 200, session(), { "set-cookie": "pa_session=1; HttpOnly; SameSite=Lax; Path=/" })
  }
  if (!signedIn || !(request.headers.cookie ?? "").includes("pa_session"))
    return problem(response, 401, "unauthenticated", "Sign in first.")
  if (request.method !== "GET" && request.headers["x-csrf-token"] !== "csrf-1")
    return problem(response, 403, "csrf", "The x-csrf-token header is missing.")
  if (route === "GET session") return send(response, 200, session())
  if (route === "DELETE session") {
    signedIn = false
    return send(response, 204)
  }
  if (route === "PUT session/password") {
    const body = await bodyOf(request)
    if (body.new_password.length < 12)
      return send(response, 422, {
        code: "invalid_input",
        detail: "The password is too short.",
        action: "Use at least 12 characters.",
        fields: { new_password: "At least 12 characters." },
      })
    user = { ...user, has_password: true, email: body.email ?? user.email, name: body.name ?? user.name }
    return send(response, 200, session())
  }
  if (route === "PATCH session") {
    user = { ...user, ...(await bodyOf(request)) }
    return send(response, 200, session())
  }
  if (path.split("/")[0] === "limits")
    return send(response, ...answerLimits(request.method, path, await bodyOf(request)))
  if (/^GET (prices\/missing|balances|providers\/deleted|requests\/[^/]+\/ratings)$/.test(route))
    return send(response, 200, { items: [] })
  if (route === "GET api-keys") return send(response, 200, { items: apiKeys })
  if (route === "POST api-keys") {
    const { name, expires_at, project } = await bodyOf(request)
    const key = {
      id: `key_${apiKeys.length + 1}`,
      name,
      hint: "w3Kd",
      created_at: new Date().toISOString(),
      created_by_name: "Admin",
      expires_at: expires_at ?? null,
      revoked_at: null,
      last_used_at: null,
      ...labels,
      project: project ?? "",
    }
    apiKeys = [key, ...apiKeys]
    broadcast({ type: "changed", kind: "api_keys.created" })
    return send(response, 201, { api_key: key, token: "pa_4fTq9mZr1vYx7Lk2Bn8sHd3Wc6Jp5Gt0RaUe-w3Kd" })
  }
  if (request.method === "DELETE" && path.startsWith("api-keys/")) {
    apiKeys = apiKeys.map((key) =>
      key.id === path.split("/")[1] ? { ...key, revoked_at: new Date().toISOString() } : key,
    )
    return send(response, 204)
  }
  if (route === "GET providers") return send(response, 200, { items: providerList })
  if (route === "GET provider-presets") return send(response, 200, { items: presets })
  if (request.method === "POST" && path.startsWith("providers/") && path.endsWith("test")) {
    const body = await bodyOf(request)
    await new Promise((resolve) => setTimeout(resolve, 600))
    if (body.api_key === "bad")
      return send(response, 200, {
        ok: false,
        latency_ms: 212,
        models: [],
        problem: {
          code: "providers.key_refused",
          message: "The provider refused this key (401).",
          action: "Check that the key was copied whole and belongs to this site.",
        },
      })
    return send(response, 200, {
      ok: true,
      latency_ms: 184.2,
      models: ["kimi-k2.6", "kimi-k2.7-code", "kimi-k3", "kimi-latest"].map((id, n) => ({
        id,
        price: n === 3 ? null : { ...providers()[1].deployments[0].price },
      })),
      problem: null,
    })
  }
  if (route === "POST providers") {
    const body = await bodyOf(request)
    const preset = presets.find((p) => p.id === body.preset)
    const created = {
      id: `prov_${providerList.length + 1}`,
      name: body.name,
      preset: body.preset ?? null,
      dialect: body.dialect ?? preset?.dialect,
      base_url: body.base_url ?? preset?.base_url,
      key_hint: body.api_key.slice(-4),
      source: "console",
      editable: true,
      requests_per_second: null,
      missing_key: "",
      created_at: new Date().toISOString(),
      deployments: (body.models ?? preset?.models ?? []).map((m) => ({
        id: `${body.name}/${m.model}`,
        public_model: m.public_model,
        model: m.model,
        family: "generic",
        price: null,
        health: {
          state: "closed",
          why: "",
          recent_failures: 0,
          retry_in_seconds: null,
          recent_attempts: 0,
          error_share: null,
          latency_ms: null,
        },
      })),
    }
    providerList = [...providerList, created]
    return send(response, 201, created)
  }
  if (route === "GET providers/deleted") {
    const now = Date.now()
    return send(response, 200, {
      items: [...removed.values()]
        .filter((gone) => !providerList.some((p) => p.id === gone.id))
        .map((gone) => ({
          ...gone,
          models: gone.deployments.map((d) => d.public_model),
          deleted_at: new Date(now - 3_600_000).toISOString(),
          restorable_until: new Date(now + 29 * 86_400_000).toISOString(),
        })),
    })
  }
  if (path.startsWith("providers/")) {
    const [, id, verb] = path.split("/")
    if (verb === "restore") {
      providerList = [...providerList, removed.get(id)]
      return send(response, 200, removed.get(id))
    }
    if (request.method === "DELETE") {
      removed.set(
        id,
        providerList.find((p) => p.id === id),
      )
      providerList = providerList.filter((p) => p.id !== id)
      return send(response, 204)
    }
    if (request.method === "PATCH") {
      const body = await bodyOf(request)
      providerList = providerList.map((p) =>
        p.id === id ? { ...p, requests_per_second: body.requests_per_second ?? p.requests_per_second } : p,
      )
      return send(
        response,
        200,
        providerList.find((p) => p.id === id),
      )
    }
  }
  if (route === "GET routes")
    return send(response, 200, {
      variables: [],
      guardrail_kinds: ["email", "phone"],
      ...(empty ? { items: [], models: [{ name: "demo", deployments: ["demo/demo"] }] } : routes),
    })
  if (route === "GET requests") {
    const all = filtered(query)
    const from = Number(query.get("cursor") ?? 0)
    const limit = Number(query.get("limit") ?? 50)
    return send(response, 200, {
      items: all.slice(from, from + limit),
      next_cursor: from + limit < all.length ? String(from + limit) : null,
    })
  }
  if (path.startsWith("requests/")) {
    const found = requests.find((r) => r.id === path.split("/")[1])
    return found
      ? send(response, 200, detailOf(found))
      : problem(
          response,
          404,
          "not_found",
          "There is no such request.",
          "It may have been removed by the retention setting.",
        )
  }
  if (route === "GET usage/explore") return send(response, 200, exploration(query))
  if (route === "GET usage") return send(response, 200, usage(query))
  if (route === "GET connect")
    return send(response, 200, connect(`http://127.0.0.1:${port}`, requests.length > 0))
  if (route === "GET settings") return send(response, 200, { items: settings })
  if (route === "GET doctor")
    return send(response, 200, { checks: checks.map((check) => ({ code: "", values: {}, ...check })) })
  if (route === "GET system")
    return send(response, 200, {
      version: "0.1.0",
      database: "sqlite",
      redis: false,
      started_at: new Date(startedAt).toISOString(),
      demo_mode: empty,
      ledger_lag_records: 0,
    })
  return problem(response, 404, "not_found", `Nothing answers ${route}.`)
}

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
}
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", `http://127.0.0.1:${port}`)
  if (url.pathname === "/mock/request") {
    const one = { ...makeRequest(Date.now()), demo: empty }
    requests = [one, ...requests]
    broadcast({ type: "requests", completed: [one], running: [] })
    return send(response, 200, one)
  }
  if (url.pathname.startsWith("/api/")) return api(request, response, url)
  const file = normalize(join(consoleFolder, url.pathname))
  const found = file.startsWith(consoleFolder) && existsSync(file) && statSync(file).isFile()
  const path = found ? file : join(consoleFolder, "index.html")
  if (!found && url.pathname.startsWith("/assets/"))
    return problem(response, 404, "not_found", "No such file.")
  response.writeHead(200, {
    "content-type": types[extname(path)] ?? "application/octet-stream",
    "content-security-policy": policy,
  })
  createReadStream(path).pipe(response)
})

new WebSocketServer({ server, path: "/realtime" }).on("connection", (socket) => {
  sockets.add(socket)
  socket.send(JSON.stringify({ type: "hello", version: "0.1.0" }))
  if (running.length) socket.send(JSON.stringify({ type: "requests", completed: [], running }))
  socket.on("close", () => sockets.delete(socket))
})
setInterval(() => broadcast({ type: "ping" }), 20_000)
if (!still && !empty) {
  setInterval(() => {
    const now = Date.now()
    const done = running.filter((r) => now - Date.parse(r.started_at) > 2500 && random() > 0.5)
    running = running
      .filter((r) => !done.includes(r))
      .map((r) =>
        now - Date.parse(r.started_at) > 1200
          ? { ...r, state: "streaming", deployment: "infini/kimi-k2-instruct" }
          : r,
      )
    if (random() > 0.45 && running.length < 5) {
      running.push({
        id: `req_${now.toString(36)}live`,
        started_at: new Date(now).toISOString(),
        requested_model: "claude-sonnet-4-5",
        deployment: null,
        state: "waiting",
      })
    }
    const completed = done.map((r) => ({
      ...makeRequest(Date.parse(r.started_at)),
      id: r.id,
      started_at: r.started_at,
      requested_model: r.requested_model,
    }))
    requests = [...completed, ...requests]
    broadcast({ type: "requests", completed, running })
  }, 700)
} else if (!empty) {
  running = [
    {
      id: "req_running_1",
      started_at: new Date(startedAt - 4200).toISOString(),
      requested_model: "claude-sonnet-4-5",
      deployment: "infini/kimi-k2-instruct",
      state: "streaming",
    },
    {
      id: "req_running_2",
      started_at: new Date(startedAt - 900).toISOString(),
      requested_model: "claude-opus-4-8",
      deployment: null,
      state: "waiting",
    },
  ]
}
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/sign-in#token=demo`))
