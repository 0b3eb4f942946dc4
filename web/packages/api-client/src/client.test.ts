import { describe, expect, it, vi } from "vitest"
import { ApiProblem, createTransport, queryString } from "./client"

function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body)
  return vi.fn<typeof fetch>(async () => new Response(status === 204 ? null : text, { status, headers }))
}

describe("transport", () => {
  it("leaves empty query values out and asks below the base", async () => {
    const fetchImpl = answering(200, { items: [] })
    await createTransport("/proxy/", fetchImpl).call("GET", "requests", {
      query: { model: "claude-*", cursor: null, outcome: undefined, limit: 50 },
    })
    expect(fetchImpl.mock.calls[0]?.[0]).toBe("/proxy/api/v1/requests?model=claude-*&limit=50")
  })

  it("sends the token with unsafe methods only", async () => {
    const fetchImpl = answering(200, {})
    const transport = createTransport("/", fetchImpl)
    transport.setCsrfToken("t0ken")
    await transport.call("GET", "session")
    await transport.call("POST", "api-keys", { body: { name: "x" } })
    const headers = fetchImpl.mock.calls.map((call) => call[1]?.headers as Record<string, string>)
    expect(headers[0]?.["x-csrf-token"]).toBeUndefined()
    expect(headers[1]?.["x-csrf-token"]).toBe("t0ken")
  })

  it("turns problem+json into what a person can act on", async () => {
    const body = {
      code: "api_keys.not_found",
      detail: "No such key.",
      action: "Reload the list.",
      request_id: "req_1",
      fields: { name: "too long" },
    }
    const call = createTransport("/", answering(404, body)).call("DELETE", "api-keys/x")
    await expect(call).rejects.toMatchObject({
      status: 404,
      code: "api_keys.not_found",
      message: "No such key.",
      action: "Reload the list.",
      requestId: "req_1",
      fields: { name: "too long" },
    })
  })

  it("survives the HTML page of a proxy", async () => {
    const call = createTransport(
      "/",
      answering(502, "<html>Bad gateway</html>", { "x-request-id": "req_2" }),
    ).call("GET", "session")
    await expect(call).rejects.toMatchObject({ status: 502, code: "http_502", requestId: "req_2" })
  })

  it("says when the server cannot be reached", async () => {
    const transport = createTransport("/", async () => {
      throw new TypeError("Failed to fetch")
    })
    const error = await transport.call("GET", "session").catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ApiProblem)
    expect(error).toMatchObject({ status: 0, code: "unreachable" })
  })

  it("answers nothing for 204", async () => {
    expect(await createTransport("/", answering(204, "")).call("DELETE", "session")).toBeUndefined()
  })
})

describe("queryString", () => {
  it("sends a list as one parameter several times, and leaves out what is not set", () => {
    expect(queryString({ state: ["denied", "void"], level: [], cursor: null, limit: 50 })).toBe(
      "?state=denied&state=void&limit=50",
    )
  })
})
