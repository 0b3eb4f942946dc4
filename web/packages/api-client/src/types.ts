/** The values of the control API. Times are RFC 3339 in UTC; `*_nanos` are integers of 10^-9 of the currency unit. */

export interface User {
  id: string
  email: string
  name: string
  locale: string
  has_password: boolean
}

export interface Session {
  user: User
  organization: { id: string; name: string }
  permissions: string[]
  csrf_token: string
  expires_at: string
}

export interface ApiKey {
  id: string
  name: string
  hint: string
  created_at: string
  created_by_name: string
  expires_at: string | null
  revoked_at: string | null
  last_used_at: string | null
}

export interface CreatedApiKey {
  api_key: ApiKey
  token: string
}

export interface Price {
  input: string | null
  cached_input: string | null
  cache_write_5m: string | null
  cache_write_1h: string | null
  output: string | null
  currency: string
  source: string
  effective_from: string | null
}

export interface DeploymentHealth {
  state: "closed" | "open" | "half_open"
  recent_failures: number
  /** While open: when the next request may try it again. */
  retry_in_seconds: number | null
}

export interface Deployment {
  id: string
  public_model: string
  model: string
  family: string
  price: Price | null
  health: DeploymentHealth
}

export interface Provider {
  id: string
  name: string
  preset: string | null
  dialect: string
  base_url: string
  key_hint: string
  source: "file" | "environment" | "console" | "built-in"
  editable: boolean
  requests_per_second: number | null
  deployments: Deployment[]
  created_at: string | null
}

export interface ProviderModel {
  public_model: string
  model: string
  price?: Partial<Price> | null
}

export interface ProviderPreset {
  id: string
  name: string
  dialect: string
  base_url: string
  key_env: string
  key_url: string
  models: { public_model: string; model: string }[]
  note: string
}

export interface ProviderTest {
  ok: boolean
  latency_ms: number
  models: { id: string; price: Price | null }[]
  problem: { code: string; message: string; action: string } | null
}

export interface ProviderDraft {
  preset?: string
  name: string
  dialect?: string
  base_url?: string
  api_key: string
  models?: ProviderModel[]
}

export interface ProviderChange {
  api_key?: string
  requests_per_second?: number | null
  models?: ProviderModel[]
}

export interface Route {
  name: string
  match: { model: string }
  use: string[]
  source: string
}

export interface RoutingTable {
  items: Route[]
  models: { name: string; deployments: string[] }[]
}

export type Outcome = "completed" | "failed" | "cancelled"

export interface RequestSummary {
  id: string
  started_at: string
  dialect: string
  requested_model: string
  deployment: string | null
  route: string
  stream: boolean
  outcome: Outcome
  status: number
  error_code: string | null
  duration_ms: number
  first_token_ms: number | null
  overhead_ms: number
  input_tokens: number
  cached_input_tokens: number
  cache_write_tokens: number
  output_tokens: number
  reasoning_tokens: number
  usage_estimated: boolean
  cost_nanos: number | null
  currency: string
  baseline_nanos: number | null
  baseline_model: string
  baseline_currency: string
  savings_nanos: number | null
  attempts_count: number
  api_key_id: string
  api_key_name: string
  demo: boolean
  session: string
}

export interface Attempt {
  deployment: string
  provider: string
  model: string
  dialect: string
  started_at: string
  duration_ms: number
  first_token_ms: number | null
  outcome: Outcome
  status: number
  failure_kind: string | null
  failure_message: string | null
  input_tokens: number
  cached_input_tokens: number
  cache_write_5m_tokens: number
  cache_write_1h_tokens: number
  output_tokens: number
  reasoning_tokens: number
  estimated: boolean
  cost_nanos: number | null
  currency: string
  price_effective: string
}

export interface RequestDetail extends RequestSummary {
  reason: string
  error_message: string | null
  attempts: Attempt[]
}

export interface RequestPage {
  items: RequestSummary[]
  next_cursor: string | null
}

export interface RequestFilter {
  model?: string
  deployment?: string
  outcome?: Outcome
  api_key_id?: string
  from?: string
  to?: string
}

export interface UsageTotal {
  currency: string
  requests: number
  failed: number
  input_tokens: number
  cached_input_tokens: number
  output_tokens: number
  reasoning_tokens: number
  /** Every known cost, also of requests that have nothing to compare with. */
  spent_nanos: number
  /** Of requests where cost and baseline are both known. */
  cost_nanos: number
  baseline_nanos: number
  savings_nanos: number
  unpriced_requests: number
  demo_requests: number
}

export interface UsageBucket extends UsageTotal {
  start: string
  group: string
}

export type UsageGrouping = "none" | "model" | "deployment" | "api_key"

export interface Usage {
  buckets: UsageBucket[]
  totals: UsageTotal[]
  from: string
  to: string
}

export interface UsageQuery {
  from: string
  to: string
  bucket: "day" | "hour"
  group_by: UsageGrouping
  utc_offset_minutes: number
}

export interface ConnectClient {
  id: string
  title: string
  language: "shell" | "python"
  snippet: string
}

export interface Connect {
  base_url: string
  has_requests: boolean
  clients: ConnectClient[]
}

export interface Setting {
  path: string
  value: unknown
  source: "default" | "file" | "environment" | "command line"
  file?: string | null
  line?: number | null
}

export interface DoctorCheck {
  id: string
  title: string
  state: "ok" | "warning" | "failed"
  detail: string
  action: string
}

export interface System {
  version: string
  database: "sqlite" | "postgresql"
  redis: boolean
  started_at: string
  demo_mode: boolean
  ledger_lag_records: number
}

export interface RunningRequest {
  id: string
  started_at: string
  requested_model: string
  deployment: string | null
  state: "waiting" | "streaming"
}

/** What the server sends over the WebSocket `/realtime`. */
export type RealtimeMessage =
  | { type: "hello"; version: string }
  | { type: "requests"; completed: RequestSummary[]; running: RunningRequest[] }
  | { type: "changed"; kind: string }
  | { type: "ping" }
