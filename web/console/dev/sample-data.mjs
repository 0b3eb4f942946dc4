// Sample data for looking at the console without a server. Deterministic, so that screenshots compare.

let seed = 20261121
export function random() {
  seed = (seed * 1664525 + 1013904223) % 4294967296
  return seed / 4294967296
}
const between = (low, high) => low + random() * (high - low)
const whole = (low, high) => Math.floor(between(low, high + 1))
const pick = (list) => list[Math.floor(random() * list.length)]

export const prices = {
  "infini/kimi-k2-instruct": { input: 0.6, cached: 0.15, output: 2.5 },
  "moonshot/kimi-k2.6": { input: 0.95, cached: 0.16, output: 4 },
  "anthropic/claude-sonnet-4-6": { input: 3, cached: 0.3, output: 15 },
}
export const baseline = {
  "claude-sonnet-4-5": { input: 3, cached: 0.3, output: 15 },
  "claude-haiku-4-5": { input: 1, cached: 0.1, output: 5 },
  "claude-opus-4-8": { input: 5, cached: 0.5, output: 25 },
  "kimi-k2": { input: 0.6, cached: 0.15, output: 2.5 },
}
const costOf = (price, t) =>
  Math.round(
    ((t.input_tokens + t.cache_write_tokens) * price.input +
      t.cached_input_tokens * price.cached +
      t.output_tokens * price.output) *
      1000,
  )

export const keys = [
  { id: "key_laptop", name: "Claude Code on the laptop", hint: "9xQ4", days: 41, used: 0.001 },
  { id: "key_ci", name: "CI review bot", hint: "f0Zt", days: 33, used: 0.2 },
  { id: "key_docs", name: "文档助手", hint: "Ab3k", days: 12, used: 4 },
  { id: "key_old", name: "Old notebook", hint: "77pL", days: 80, used: 52, revoked: 30 },
]

let counter = 0
export function makeRequest(at) {
  counter += 1
  const requested = pick([
    "claude-sonnet-4-5",
    "claude-sonnet-4-5",
    "claude-sonnet-4-5",
    "claude-haiku-4-5",
    "claude-opus-4-8",
    "kimi-k2",
  ])
  const roll = random()
  const failed = roll < 0.025
  const cancelled = !failed && roll < 0.05
  const failover = roll > 0.9
  const expensive = roll > 0.975
  const unpriced = roll > 0.5 && roll < 0.51
  const deployment = failed
    ? null
    : expensive
      ? "anthropic/claude-sonnet-4-6"
      : failover
        ? "moonshot/kimi-k2.6"
        : unpriced
          ? "vllm/qwen3-coder"
          : "infini/kimi-k2-instruct"
  const input = requested === "claude-haiku-4-5" ? whole(400, 6000) : whole(12000, 96000)
  const cached = Math.floor(input * between(0.35, 0.92))
  const tokens = {
    input_tokens: failed ? 0 : input - cached,
    cached_input_tokens: failed ? 0 : cached,
    cache_write_tokens: expensive ? whole(800, 4000) : 0,
    output_tokens: failed ? 0 : whole(40, 2400),
    reasoning_tokens: 0,
  }
  if (!failed && random() > 0.5)
    tokens.reasoning_tokens = Math.floor(tokens.output_tokens * between(0.1, 0.6))
  const key = pick(keys.slice(0, 3))
  const cost = deployment && prices[deployment] ? costOf(prices[deployment], tokens) : failed ? 0 : null
  const base = failed ? null : costOf(baseline[requested], tokens)
  const first = failed ? null : whole(380, 2600)
  const duration = failed ? whole(900, 6000) : first + tokens.output_tokens * between(7, 14)
  const direct = requested === "kimi-k2"
  return {
    id: `req_${at.toString(36)}${counter.toString(36).padStart(4, "0")}`,
    started_at: new Date(at).toISOString(),
    dialect: random() > 0.2 ? "anthropic-messages" : "openai-chat",
    requested_model: requested,
    deployment,
    route: direct ? "" : "claude-to-k2",
    stream: random() > 0.12,
    outcome: failed ? "failed" : cancelled ? "cancelled" : "completed",
    status: failed ? 503 : cancelled ? 499 : 200,
    error_code: failed ? "gateway.upstream_overloaded" : null,
    duration_ms: duration,
    first_token_ms: first,
    overhead_ms: between(0.21, 1.3),
    ...tokens,
    usage_estimated: cancelled,
    cost_nanos: cost,
    currency: "USD",
    baseline_nanos: base,
    baseline_model: requested,
    baseline_currency: "USD",
    savings_nanos: cost !== null && base !== null ? base - cost : null,
    repeats: 0,
    attempts_count: failed ? 3 : failover || expensive ? 2 : 1,
    api_key_id: key.id,
    api_key_name: key.name,
    demo: false,
    session: random() > 0.3 ? "8f2c7e31-5b0d-4c62-9a57-1e3bd0f4a921" : "",
  }
}

export function detailOf(request) {
  const start = Date.parse(request.started_at)
  const attempt = (deployment, offset, duration, more) => ({
    deployment,
    provider: deployment.split("/")[0],
    model: deployment.split("/")[1],
    dialect: deployment.startsWith("anthropic") ? "anthropic-messages" : "openai-chat",
    started_at: new Date(start + offset).toISOString(),
    duration_ms: duration,
    first_token_ms: null,
    outcome: "failed",
    status: 429,
    failure_kind: "overloaded",
    failure_message: "The engine is currently overloaded, please try again later",
    input_tokens: 0,
    cached_input_tokens: 0,
    cache_write_5m_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    estimated: false,
    price_band: "",
    cost_nanos: 0,
    currency: "USD",
    price_effective: "2026-07-02",
    ...more,
  })
  const attempts = []
  let offset = 1
  if (request.attempts_count > 1) {
    const step = Math.min(900, request.duration_ms * 0.2)
    attempts.push(attempt("infini/kimi-k2-instruct", offset, step, {}))
    offset += step + 3
  }
  if (request.attempts_count > 2) {
    attempts.push(
      attempt("moonshot/kimi-k2.6", offset, 640, {
        status: 0,
        failure_kind: "connection",
        failure_message: "Connection refused",
      }),
    )
    offset += 655
  }
  if (request.outcome !== "failed") {
    attempts.push(
      attempt(request.deployment, offset, request.duration_ms - offset, {
        outcome: request.outcome,
        status: 200,
        failure_kind: request.outcome === "cancelled" ? "client_gone" : null,
        failure_message: null,
        first_token_ms: Math.max(120, request.first_token_ms - offset),
        input_tokens: request.input_tokens,
        cached_input_tokens: request.cached_input_tokens,
        cache_write_5m_tokens: request.cache_write_tokens,
        output_tokens: request.output_tokens,
        reasoning_tokens: request.reasoning_tokens,
        estimated: request.usage_estimated,
        cost_nanos: request.cost_nanos,
      }),
    )
  } else {
    attempts.push(
      attempt("anthropic/claude-sonnet-4-6", offset, Math.max(200, request.duration_ms - offset), {
        status: 529,
      }),
    )
  }
  return {
    ...request,
    // The screens say the parts; the sentence stands for what an earlier version stored.
    reason: "Route claude-to-k2 sends claude-* to kimi-k2, then claude-sonnet.",
    reason_parts: [
      request.route
        ? { code: "route", values: ["claude-to-k2", "claude-*", "kimi-k2", "claude-sonnet"] }
        : { code: "model", values: ["kimi-k2"] },
      ...attempts
        .filter((one) => one.outcome === "failed")
        .map((one) => ({
          code: "failed",
          values: [one.deployment, one.failure_kind, "", one.failure_message],
        })),
      ...(request.outcome === "completed"
        ? [
            {
              code: attempts.length > 1 ? "answered_next" : "answered_first",
              values: [request.deployment],
            },
          ]
        : []),
    ],
    error_message: request.outcome === "failed" ? "anthropic/claude-sonnet-4-6 is overloaded." : null,
    attempts,
  }
}

export function history(now, days) {
  const requests = []
  for (let day = days - 1; day >= 0; day -= 1) {
    const weekday = new Date(now - day * 86_400_000).getDay()
    const busy = weekday === 0 || weekday === 6 ? 7 : 34
    const count = Math.floor(busy * (0.6 + random() * 0.9) * (1.15 - day / (days * 2)))
    for (let n = 0; n < count; n += 1) {
      const at = now - day * 86_400_000 - Math.floor(random() * (day === 0 ? 9 : 22) * 3_600_000)
      requests.push(makeRequest(at))
    }
  }
  return requests.sort((a, b) => (a.started_at < b.started_at ? 1 : -1))
}

const price = (input, cached, output, source = "models.dev") => ({
  input,
  cached_input: cached,
  cache_write_5m: null,
  cache_write_1h: null,
  output,
  currency: "USD",
  source,
  effective_from: "2026-07-02",
})
const healthy = { state: "closed", recent_failures: 0, retry_in_seconds: null }

export function providers() {
  const provider = (id, dialect, base_url, more, deployments) => ({
    id,
    name: id,
    preset: id,
    dialect,
    base_url,
    key_hint: "x7Yk",
    source: "environment",
    editable: false,
    requests_per_second: null,
    missing_key: "",
    created_at: null,
    deployments,
    ...more,
  })
  const deployment = (id, public_model, family, p, health = healthy) => ({
    id,
    public_model,
    model: id.split("/")[1],
    family,
    price: p,
    health,
  })
  return [
    provider("infini", "openai-chat", "https://cloud.infini-ai.com/maas/v1", { requests_per_second: 500 }, [
      deployment(
        "infini/kimi-k2-instruct",
        "kimi-k2",
        "kimi-k2",
        price("0.60", "0.15", "2.50", "powerautomation.yaml:4"),
      ),
    ]),
    provider(
      "moonshot",
      "openai-chat",
      "https://api.moonshot.cn/v1",
      { requests_per_second: 60, key_hint: "p0Qd" },
      [
        deployment("moonshot/kimi-k2.6", "kimi-k2", "kimi-k2.5", price("0.95", "0.16", "4.00"), {
          state: "open",
          recent_failures: 5,
          retry_in_seconds: 22.4,
        }),
      ],
    ),
    provider(
      "anthropic",
      "anthropic-messages",
      "https://api.anthropic.com",
      { source: "file", key_hint: "aaQw" },
      [
        deployment(
          "anthropic/claude-sonnet-4-6",
          "claude-sonnet",
          "claude",
          price("3", "0.30", "15", "platform.claude.com"),
        ),
      ],
    ),
    provider(
      "vllm",
      "openai-chat",
      "http://10.0.0.7:8000/v1",
      { source: "console", editable: true, preset: null, key_hint: "", created_at: "2026-11-12T08:00:00Z" },
      [
        deployment("vllm/qwen3-coder", "qwen3-coder", "generic", null, {
          state: "half_open",
          recent_failures: 1,
          retry_in_seconds: null,
        }),
      ],
    ),
  ]
}

export const presets = [
  {
    id: "infini",
    name: "Infini-AI Cloud",
    dialect: "openai-chat",
    base_url: "https://cloud.infini-ai.com/maas/v1",
    key_env: "INFINI_API_KEY",
    key_url: "https://cloud.infini-ai.com/genstudio/api-keys",
    models: [{ public_model: "kimi-k2", model: "kimi-k2-instruct" }],
    note: "Kimi K2 in mainland China; prices are in its console only.",
  },
  {
    id: "moonshot-cn",
    name: "Moonshot (China)",
    dialect: "openai-chat",
    base_url: "https://api.moonshot.cn/v1",
    key_env: "MOONSHOT_API_KEY",
    key_url: "https://platform.moonshot.cn/console/api-keys",
    models: [{ public_model: "kimi-k2", model: "kimi-k2.6" }],
    note: "Keys of the Chinese and the international site are not interchangeable.",
  },
  {
    id: "moonshot",
    name: "Moonshot (international)",
    dialect: "openai-chat",
    base_url: "https://api.moonshot.ai/v1",
    key_env: "MOONSHOT_API_KEY",
    key_url: "https://platform.moonshot.ai/console/api-keys",
    models: [{ public_model: "kimi-k2", model: "kimi-k2.6" }],
    note: "",
  },
  {
    id: "anthropic",
    name: "Anthropic",
    dialect: "anthropic-messages",
    base_url: "https://api.anthropic.com",
    key_env: "ANTHROPIC_API_KEY",
    key_url: "https://platform.claude.com/settings/keys",
    models: [{ public_model: "claude-sonnet", model: "claude-sonnet-4-6" }],
    note: "",
  },
  {
    id: "openai",
    name: "OpenAI",
    dialect: "openai-chat",
    base_url: "https://api.openai.com/v1",
    key_env: "OPENAI_API_KEY",
    key_url: "https://platform.openai.com/api-keys",
    models: [],
    note: "",
  },
  {
    id: "ollama",
    name: "Ollama on this machine",
    dialect: "openai-chat",
    base_url: "http://127.0.0.1:11434/v1",
    key_env: "",
    key_url: "",
    keyless: true,
    models: [],
    note: "Local models; list them with the test and choose which to offer.",
  },
]

export const routes = {
  items: [
    {
      name: "titles",
      match: { model: "claude-*", when: 'task_class == "background"' },
      use: ["qwen3-coder", "kimi-k2"],
      policy: "lowest_cost",
      source: "file",
    },
    { name: "claude-to-k2", match: { model: "claude-*" }, use: ["kimi-k2", "claude-sonnet"], source: "file" },
  ],
  models: [
    { name: "kimi-k2", deployments: ["infini/kimi-k2-instruct", "moonshot/kimi-k2.6"] },
    { name: "claude-sonnet", deployments: ["anthropic/claude-sonnet-4-6"] },
    { name: "qwen3-coder", deployments: ["vllm/qwen3-coder"] },
  ],
}

export const settings = [
  { path: "data_dir", value: "./data", source: "default" },
  { path: "database_url", value: "", source: "default" },
  { path: "secret_key", value: "***", source: "environment" },
  { path: "server.host", value: "127.0.0.1", source: "default" },
  { path: "server.port", value: 8090, source: "command line" },
  { path: "server.trusted_proxies", value: ["127.0.0.1"], source: "default" },
  { path: "server.shutdown_grace_seconds", value: 30, source: "default" },
  { path: "log.format", value: "console", source: "default" },
  { path: "gateway.connect_timeout_seconds", value: 5, source: "default" },
  {
    path: "gateway.first_token_timeout_seconds",
    value: 60,
    source: "file",
    file: "powerautomation.yaml",
    line: 31,
  },
  { path: "gateway.max_attempts", value: 6, source: "default" },
  { path: "providers.infini.api_key", value: "***", source: "environment" },
  {
    path: "providers.infini.base_url",
    value: "https://cloud.infini-ai.com/maas/v1",
    source: "file",
    file: "powerautomation.yaml",
    line: 2,
  },
  {
    path: "providers.infini.requests_per_second",
    value: 500,
    source: "file",
    file: "powerautomation.yaml",
    line: 2,
  },
]

export const checks = [
  { id: "port", title: "Port", state: "ok", detail: "Listening on 127.0.0.1:8080.", action: "" },
  {
    id: "database",
    title: "Database",
    state: "ok",
    detail: "SQLite in WAL mode, 41 MB, revision 0001_first.",
    action: "",
  },
  {
    id: "key",
    title: "Encryption key",
    state: "ok",
    detail: "Fingerprint 9f31·c07a matches the database.",
    action: "",
  },
  {
    id: "disk",
    title: "Disk space",
    state: "warning",
    detail: "3.1 GB free on the volume of ./data.",
    action: "Free space or move the data folder: at the present rate it is full in about 40 days.",
  },
  { id: "clock", title: "Clock", state: "ok", detail: "12 ms off the providers' clocks.", action: "" },
  {
    id: "outbound",
    title: "Outgoing connections",
    state: "failed",
    detail: "api.moonshot.cn:443 did not answer within 5 s.",
    action: "Allow the host in the firewall, or set HTTPS_PROXY before the start of the server.",
  },
  {
    id: "websocket",
    title: "WebSocket through the proxy",
    state: "ok",
    detail: "The upgrade reaches the server.",
    action: "",
  },
]

export const connect = (base_url, has_requests) => ({
  base_url,
  has_requests,
  clients: [
    {
      id: "claude-code",
      title: "Claude Code",
      language: "shell",
      snippet: `export ANTHROPIC_BASE_URL=${base_url}\nexport ANTHROPIC_AUTH_TOKEN={{API_KEY}}\nexport CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1\nexport CLAUDE_CODE_AUTO_COMPACT_WINDOW=262144\nclaude`,
    },
    {
      id: "codex",
      title: "Codex",
      language: "shell",
      snippet: `export GATEWAY_KEY={{API_KEY}}\ncodex -c model_provider=powerautomation -c 'model_providers.powerautomation={ name = "PowerAutomation", base_url = "${base_url}/v1", env_key = "GATEWAY_KEY", wire_api = "responses" }' -m claude-sonnet-4-5`,
    },
    {
      id: "gemini-cli",
      title: "Gemini CLI",
      language: "shell",
      snippet: `export GOOGLE_GEMINI_BASE_URL=${base_url}\nexport GEMINI_API_KEY={{API_KEY}}\ngemini -m claude-sonnet-4-5`,
    },
    {
      id: "anthropic-sdk",
      title: "Anthropic SDK",
      language: "python",
      snippet: `from anthropic import Anthropic\n\nclient = Anthropic(base_url="${base_url}", api_key="{{API_KEY}}")\nmessage = client.messages.create(\n    model="claude-sonnet-4-5",\n    max_tokens=1024,\n    messages=[{"role": "user", "content": "Hello"}],\n)\nprint(message.content[0].text)`,
    },
    {
      id: "openai-sdk",
      title: "OpenAI SDK",
      language: "python",
      snippet: `from openai import OpenAI\n\nclient = OpenAI(base_url="${base_url}/v1", api_key="{{API_KEY}}")\nanswer = client.chat.completions.create(\n    model="kimi-k2",\n    messages=[{"role": "user", "content": "Hello"}],\n)\nprint(answer.choices[0].message.content)`,
    },
    {
      id: "curl",
      title: "curl",
      language: "shell",
      snippet: `curl ${base_url}/v1/messages \\\n  -H "authorization: Bearer {{API_KEY}}" \\\n  -H "content-type: application/json" \\\n  -d '{"model": "claude-sonnet-4-5", "max_tokens": 256, "messages": [{"role": "user", "content": "Hello"}]}'`,
    },
  ],
})
