import { afterEach, describe, expect, it, vi } from "vitest"
import { keepSession } from "~/auth/session"
import { api, keys, queryClient, transport } from "~/server"
import { signOut } from "./actions"

const session = {
  user: {
    id: "usr_1",
    email: "ada@example.org",
    name: "Ada",
    locale: "en",
    role: "guest",
    has_password: true,
  },
  organization: { id: "org_1", name: "Default" },
  permissions: [],
  csrf_token: "csrf",
  environment: "production",
  expires_at: "2026-12-02T11:06:40Z",
} as Parameters<typeof keepSession>[0]

afterEach(() => {
  vi.restoreAllMocks()
  queryClient.clear()
})

describe("signing out", () => {
  it.each([
    ["when the server agrees", () => Promise.resolve()],
    ["when the server cannot be reached", () => Promise.reject(new Error("offline"))],
  ])("forgets everything the person saw, %s", async (_, answer) => {
    keepSession(session)
    queryClient.setQueryData(keys.apiKeys, [{ name: "laptop" }])
    queryClient.setQueryData(keys.people, [{ email: "grace@example.org" }])
    vi.spyOn(api.session, "signOut").mockImplementation(answer as typeof api.session.signOut)
    const forgetToken = vi.spyOn(transport, "setCsrfToken")
    const visited: string[] = []
    await signOut((to) => visited.push(to)).catch(() => undefined)
    expect(visited).toEqual(["/sign-in"])
    expect(queryClient.getQueryData(keys.session)).toBeNull()
    expect(queryClient.getQueryData(keys.apiKeys)).toBeUndefined()
    expect(queryClient.getQueryData(keys.people)).toBeUndefined()
    expect(forgetToken).toHaveBeenLastCalledWith("")
  })
})
