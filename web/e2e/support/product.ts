import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { startVendor, type Vendor } from "./vendor"

const COMMAND =
  process.env.POWERAUTOMATION ?? fileURLToPath(new URL("../../../.venv/bin/powerautomation", import.meta.url))
const START_MS = 40_000

export interface Product {
  readonly url: string
  /** The one-time link that the terminal shows at the first start. */
  readonly signInLink: string
  readonly vendor: Vendor
  /** Where a journey may start a sign-in provider: this port is on the outgoing allow-list. */
  readonly identityPort: number
  stop(): Promise<void>
}

/** Start the real server on an empty data folder, with `claude-*` routed to a vendor on loopback, a cached route and an experiment. */
export async function startProduct(): Promise<Product> {
  const vendor = await startVendor()
  const folder = mkdtempSync(join(tmpdir(), "powerautomation-e2e-"))
  const config = join(folder, "powerautomation.yaml")
  const identityPort = await freePort()
  writeFileSync(
    config,
    [
      `gateway: {allowed_hosts: ["127.0.0.1:${identityPort}"]}`,
      "providers:",
      `  sim: {dialect: openai-chat, base_url: "${vendor.baseUrl}", api_key: good-key}`,
      "models:",
      "  kimi-k2:",
      "    deployments:",
      '      - {provider: sim, model: kimi-k2.6, price: {input: "0.60", cached_input: "0.15", output: "2.50", currency: USD}}',
      "routes:",
      '  - {name: faq, match: {model: "faq-*"}, use: [kimi-k2], cache: {max_age_seconds: 3600, max_temperature: 1}}',
      "  - {name: trial, match: {model: trial}, use: [kimi-k2], split: {name: a-or-b, arms: [{name: a, weight: 1}, {name: b, weight: 1}]}}",
      '  - {name: claude-to-k2, match: {model: "claude-*"}, use: [kimi-k2]}',
      "",
    ].join("\n"),
  )
  const port = await freePort()
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(POWERAUTOMATION_|INFINI_|MOONSHOT_|ANTHROPIC_|OPENAI_)/.test(name),
    ),
  )
  const child = spawn(
    COMMAND,
    ["serve", "--port", String(port), "--data", join(folder, "data"), "--config", config],
    {
      env: { ...environment, PYTHONUNBUFFERED: "1", NO_COLOR: "1", COLUMNS: "200" },
    },
  )
  const output = await outputUntil(child, /Stop with Ctrl\+C/)
  const signInLink = /https?:\S+\/sign-in#token=\S+/.exec(output)?.[0]
  if (!signInLink) throw new Error(`the server printed no sign-in link:\n${output}`)
  return {
    url: `http://127.0.0.1:${port}`,
    signInLink,
    vendor,
    identityPort,
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGTERM")
      await ended
      await vendor.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function outputUntil(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ""
    const timer = setTimeout(
      () => reject(new Error(`no "${pattern}" within ${START_MS} ms:\n${text}`)),
      START_MS,
    )
    const hear = (chunk: Buffer) => {
      text += chunk.toString()
      if (pattern.test(text)) {
        clearTimeout(timer)
        resolve(text)
      }
    }
    child.stdout?.on("data", hear)
    child.stderr?.on("data", hear)
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${text}`)))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      )
    })
  })
}
