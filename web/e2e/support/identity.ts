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
  const stop = await start("identity_provider", String(port), redirectUri)
  return { issuer: `http://127.0.0.1:${port}`, stop }
}

/** Start a SAML provider that knows one server, by its entity id and the address it posts answers to. */
export async function startSamlProvider(port: number, entityId: string, address: string) {
  const stop = await start("saml_provider", String(port), entityId, address)
  return { metadata: `http://127.0.0.1:${port}/metadata`, stop }
}

async function start(fixture: string, ...given: string[]): Promise<() => void> {
  const child = spawn(PYTHON, ["-W", "ignore", "-m", `tests.fixtures.${fixture}`, ...given], {
    cwd: ROOT,
    env: { ...process.env, AUTHLIB_INSECURE_TRANSPORT: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve())
    child.once("exit", (code) => reject(new Error(`the identity provider ended with ${code}`)))
  })
  return () => void child.kill("SIGKILL")
}
