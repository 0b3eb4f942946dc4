import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

export interface Vendor {
  readonly baseUrl: string
  close(): Promise<void>
}

/** Tokens that every answer of the vendor reports. */
export const USAGE = { prompt_tokens: 10_000, completion_tokens: 500, cached_tokens: 4_000 }

/**
 * A model vendor that speaks OpenAI Chat Completions on loopback: lists one model, and answers everything with "Done."
 * It refuses every key but `good-key`.
 */
export async function startVendor(): Promise<Vendor> {
  const server: Server = createServer(async (request, response) => {
    let body = ""
    for await (const chunk of request) body += chunk
    const send = (status: number, value: unknown) => {
      response.writeHead(status, { "content-type": "application/json" })
      response.end(JSON.stringify(value))
    }
    if (request.headers.authorization !== "Bearer good-key") {
      return send(401, { error: { message: "Invalid Authentication", type: "invalid_authentication_error" } })
    }
    if (request.url?.endsWith("/models")) {
      return send(200, { object: "list", data: [{ id: "kimi-k2.6", object: "model", owned_by: "moonshot" }] })
    }
    const asked = JSON.parse(body) as { model: string; stream?: boolean }
    const usage = {
      prompt_tokens: USAGE.prompt_tokens,
      completion_tokens: USAGE.completion_tokens,
      total_tokens: USAGE.prompt_tokens + USAGE.completion_tokens,
      prompt_tokens_details: { cached_tokens: USAGE.cached_tokens },
    }
    const head = { id: "chatcmpl-1", created: 1, model: asked.model }
    if (!asked.stream) {
      const message = { role: "assistant", content: "Done." }
      return send(200, {
        ...head,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason: "stop" }],
        usage,
      })
    }
    response.writeHead(200, { "content-type": "text/event-stream" })
    const chunk = (choice: object, more: object = {}) =>
      response.write(
        `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, ...choice }], ...more })}\n\n`,
      )
    chunk({ delta: { role: "assistant", content: "Done." }, finish_reason: null })
    chunk({ delta: {}, finish_reason: "stop" }, { usage })
    response.end("data: [DONE]\n\n")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
