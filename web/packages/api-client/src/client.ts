/** A refusal of the server (RFC 9457 problem+json), or what went wrong on the way to it. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly action: string
  readonly requestId: string
  readonly retryAfterSeconds: number | null
  readonly fields: Readonly<Record<string, string>>

  constructor(problem: {
    status: number
    code: string
    message: string
    action?: string
    requestId?: string
    retryAfterSeconds?: number | null
    fields?: Record<string, string>
  }) {
    super(problem.message)
    this.name = "ApiProblem"
    this.status = problem.status
    this.code = problem.code
    this.action = problem.action ?? ""
    this.requestId = problem.requestId ?? ""
    this.retryAfterSeconds = problem.retryAfterSeconds ?? null
    this.fields = problem.fields ?? {}
  }
}

/** A list is sent as the same parameter several times. */
type QueryValue = string | number | boolean | readonly string[] | null | undefined

interface CallOptions {
  query?: { [name: string]: QueryValue }
  body?: unknown
  /** Sent as it is, instead of a JSON body. */
  file?: Blob
  /** Let the answer be a file, a Blob; called with how many bytes of it have come. */
  onBytes?: (bytes: number) => void
  signal?: AbortSignal
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

export interface Transport {
  call<T>(method: Method, path: string, options?: CallOptions): Promise<T>
  /** Remember the token that unsafe methods must carry; empty forgets it. */
  setCsrfToken(token: string): void
}

interface ProblemBody {
  code?: string
  title?: string
  detail?: string
  action?: string
  request_id?: string
  retry_after?: number
  fields?: Record<string, string>
}

async function problemOf(response: Response): Promise<ApiProblem> {
  let body: ProblemBody = {}
  try {
    body = (await response.json()) as ProblemBody
  } catch {
    // A proxy in between may answer with its own HTML page.
  }
  return new ApiProblem({
    status: response.status,
    code: body.code ?? `http_${response.status}`,
    message: body.detail ?? body.title ?? `HTTP ${response.status}`,
    action: body.action,
    requestId: body.request_id ?? response.headers.get("x-request-id") ?? "",
    retryAfterSeconds: body.retry_after ?? null,
    fields: body.fields,
  })
}

async function fileOf(response: Response, onBytes: (bytes: number) => void): Promise<Blob> {
  const parts: BlobPart[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  try {
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      parts.push(new Uint8Array(piece.value))
      bytes += piece.value.byteLength
      onBytes(bytes)
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error
    throw new ApiProblem({ status: 0, code: "unreachable", message: "The file broke off." })
  }
  return new Blob(parts, { type: response.headers.get("content-type") ?? "" })
}

/** Return a query with its question mark, without what is not set. */
export function queryString(query: CallOptions["query"]): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (Array.isArray(value)) for (const one of value) parameters.append(name, String(one))
    else if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return text ? `?${text}` : ""
}

/**
 * Return a transport for the control API below `baseUrl` (ends with a slash). Answers are JSON; a refusal is thrown
 * as ApiProblem, a server that cannot be reached as ApiProblem with status 0 and code `unreachable`.
 */
export function createTransport(baseUrl: string, fetchImpl: typeof fetch = (...a) => fetch(...a)): Transport {
  let csrfToken = ""
  return {
    setCsrfToken(token) {
      csrfToken = token
    },
    async call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
      const headers: Record<string, string> = { accept: "application/json" }
      if (method !== "GET" && csrfToken) headers["x-csrf-token"] = csrfToken
      if (options.body !== undefined) headers["content-type"] = "application/json"
      if (options.file) headers["content-type"] = "application/octet-stream"
      let response: Response
      try {
        response = await fetchImpl(`${baseUrl}api/v1/${path}${queryString(options.query)}`, {
          method,
          headers,
          credentials: "same-origin",
          body: options.file ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
          signal: options.signal,
        })
      } catch (error) {
        if (error instanceof DOMException && error.name === "AbortError") throw error
        throw new ApiProblem({ status: 0, code: "unreachable", message: "The server cannot be reached." })
      }
      if (!response.ok) throw await problemOf(response)
      if (response.status === 204) return undefined as T
      if (options.onBytes) return (await fileOf(response, options.onBytes)) as T
      return (await response.json()) as T
    },
  }
}
