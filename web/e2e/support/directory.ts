import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const PYTHON = process.env.PYTHON ?? fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url))
const ROOT = fileURLToPath(new URL("../../..", import.meta.url))

/** What `tests/fixtures/directory.py` knows. */
export const READER = { dn: "cn=reader,dc=example,dc=org", password: "the reader's pass phrase" }
export const ADA = { name: "ada", password: "correct horse battery", email: "ada@example.org" }
export const ADMINS = "cn=admins,ou=groups,dc=example,dc=org"

export interface Directory {
  readonly address: string
  readonly certificate: string
  stop(): void
}

/** Start a real directory with three people, which speaks TLS by an authority of its own on this port. */
export async function startDirectory(port: number): Promise<Directory> {
  const child = spawn(PYTHON, ["-W", "ignore", "-m", "tests.fixtures.directory", String(port)], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "ignore"],
  })
  const line = await new Promise<string>((resolve, reject) => {
    let said = ""
    child.stdout.on("data", (part) => {
      said += part
      if (said.includes("\n")) resolve(said)
    })
    child.once("exit", (code) => reject(new Error(`the directory ended with ${code}: run make setup`)))
  })
  const { tls_port, ca_certificate } = JSON.parse(line)
  return {
    address: `ldaps://127.0.0.1:${tls_port}`,
    certificate: ca_certificate,
    stop: () => void child.stdin.end(),
  }
}
