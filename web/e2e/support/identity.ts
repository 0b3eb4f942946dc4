import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const PYTHON = process.env.PYTHON ?? fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url))
const ROOT = fileURLToPath(new URL("../../..", import.meta.url))

/** What `tests/fixtures/identity_provider.py` knows. */
export const CLIENT = { id: "powerautomation", secret: "a-secret-of-the-client-0123456789" }
export const GRACE = { name: "grace", password: "correct horse battery", email: "grace@example.org" }

export interface IdentityProvider {
  readonly issuer: string
  stop(): void
}

/** Start a real OpenID Connect provider that sends browsers back to one address. */
export async function startIdentityProvider(port: number, redirectUri: string): Promise<IdentityProvider> {
  const child = spawn(
    PYTHON,
    ["-W", "ignore", "-m", "tests.fixtures.identity_provider", String(port), redirectUri],
    {
      cwd: ROOT,
      env: { ...process.env, AUTHLIB_INSECURE_TRANSPORT: "1" },
      stdio: ["ignore", "pipe", "ignore"],
    },
  )
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve())
    child.once("exit", (code) => reject(new Error(`the identity provider ended with ${code}`)))
  })
  return { issuer: `http://127.0.0.1:${port}`, stop: () => void child.kill("SIGKILL") }
}
