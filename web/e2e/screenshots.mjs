// Takes a picture of every screen, for looking at them with one's own eyes: of the mock server's sample data, or of a
// running server (--server ADDRESS --email E-MAIL --password PASSWORD).
//   node screenshots.mjs OUT_DIR [--only overview,requests] [--sizes desktop,phone] [--themes light,dark] [--languages en,zh-CN] [--full] [--axe] [--empty]
import { spawn } from "node:child_process"
import { mkdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import AxeBuilder from "@axe-core/playwright"
import { chromium } from "@playwright/test"

const [out = "screenshots", ...args] = process.argv.slice(2)
const list = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1].split(",") : fallback)
// readme: docs/images/overview.png is overview-7, request.png is request-retried.
const sizes = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 375, height: 812 },
  readme: { width: 1280, height: 960 },
}
const port = 18081
const server = args.includes("--server") ? args[args.indexOf("--server") + 1] : ""
const base = server || `http://127.0.0.1:${port}`
const optionOf = (name) => args[args.indexOf(name) + 1] ?? ""

const screens = {
  overview: { path: "/" },
  "overview-7": { path: "/?range=7d" },
  "overview-90": { path: "/?range=90d" },
  usage: { path: "/usage" },
  "usage-table": { path: "/usage?group=deployment&range=7d" },
  requests: { path: "/requests" },
  request: { path: "/requests", act: (page) => page.locator("a[href*='/requests/req_']").nth(3).click() },
  "request-retried": {
    path: "/requests",
    act: (page) =>
      page
        .getByRole("row")
        .filter({ hasText: "2 attempts" })
        .first()
        .locator("a[href*='/requests/req_']")
        .click(),
  },
  "request-failed": {
    path: "/requests?outcome=failed",
    act: (page) => page.locator("a[href*='/requests/req_']").first().click(),
  },
  "api-keys": { path: "/api-keys" },
  "key-created": {
    path: "/api-keys?create=true",
    act: async (page) => {
      await page.getByRole("dialog").getByRole("textbox").first().fill("Claude Code on my laptop")
      await page.getByRole("dialog").locator("button[type=submit]").click()
      await page.getByText("pa_4fTq").first().waitFor()
    },
  },
  providers: { path: "/providers" },
  "provider-add": { path: "/providers?add=true" },
  "provider-test": {
    path: "/providers?add=true",
    act: async (page) => {
      await page
        .getByRole("dialog")
        .getByRole("button", { name: /Moonshot \(intern/ })
        .click()
      await page.locator("input[type=password]").fill("sk-abc")
      await page.locator("input[type=password]").press("Enter")
      await page.locator(".MuiAlert-colorSuccess").waitFor()
    },
  },
  routes: { path: "/routes", act: (page) => page.locator("main input").first().fill("claude-sonnet-4-5") },
  "route-add": { path: "/routes", act: (page) => page.locator("main button").first().click() },
  "dry-run": {
    path: "/routes",
    act: async (page) => {
      await page.locator("main form button[type=submit]").click()
      await page.locator("main form [role=status] ol").waitFor()
    },
  },
  "service-levels": { path: "/service-levels" },
  splits: { path: "/splits" },
  "answer-cache": { path: "/answer-cache" },
  prices: { path: "/prices" },
  "price-import": { path: "/prices", act: (page) => page.locator("main button").first().click() },
  reconciliations: { path: "/reconciliations" },
  limits: { path: "/limits" },
  "limit-add": { path: "/limits?add=true" },
  doctor: { path: "/doctor" },
  settings: { path: "/settings" },
  account: { path: "/account" },
  "get-started": { path: "/get-started" },
  palette: { path: "/", act: (page) => page.keyboard.press("Control+k") },
  docs: { path: "/docs" },
  "sign-in": { path: "/sign-in" },
}

mkdirSync(out, { recursive: true })
const mock = server
  ? null
  : spawn(process.execPath, [
      fileURLToPath(new URL("../console/dev/mock-server.mjs", import.meta.url)),
      "--port",
      String(port),
      "--still",
      ...(args.includes("--empty") ? ["--empty"] : []),
    ])
if (mock) await new Promise((resolve) => mock.stdout.once("data", resolve))
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
})
try {
  for (const size of list("--sizes", ["desktop", "phone"])) {
    for (const theme of list("--themes", ["light", "dark"])) {
      for (const language of list("--languages", ["en", "zh-CN"])) {
        const context = await browser.newContext({
          viewport: sizes[size],
          deviceScaleFactor: size === "phone" ? 2 : 1,
          colorScheme: theme,
          locale: language,
          timezoneId: "Asia/Shanghai",
          isMobile: size === "phone",
          hasTouch: size === "phone",
        })
        const page = await context.newPage()
        page.on(
          "console",
          (message) =>
            ["error", "warning"].includes(message.type()) &&
            console.log(`[${size} ${theme} ${language}]`, message.text()),
        )
        page.on("pageerror", (error) => console.log("PAGE ERROR", error.message))
        if (mock) {
          await page.goto(`${base}/sign-in#token=demo`)
          await page.locator("input[type=password]").waitFor()
        } else {
          const data = { email: optionOf("--email"), password: optionOf("--password") }
          const answer = await page.request.post(`${base}/api/v1/session`, { data })
          if (!answer.ok()) throw new Error(`signing in failed: ${await answer.text()}`)
        }
        if (mock && list("--only", ["claim"]).includes("claim"))
          await page.screenshot({ path: `${out}/claim-${size}-${theme}-${language}.png` })
        for (const name of list("--only", Object.keys(screens)).filter((one) => one in screens)) {
          const screen = screens[name]
          await page.goto(base + screen.path)
          await page.waitForLoadState("networkidle")
          try {
            await screen.act?.(page)
          } catch (error) {
            console.log("ACT FAILED", name, error.message.split("\n")[0])
          }
          await page.waitForTimeout(650)
          const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
          if (wide) console.log("SCROLLS SIDEWAYS", name, size, theme, language)
          if (args.includes("--axe")) {
            const { violations } = await new AxeBuilder({ page })
              .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"])
              .analyze()
            for (const violation of violations) {
              const where = violation.nodes
                .slice(0, 3)
                .map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? node.failureSummary}`)
              console.log(
                `AXE ${name} ${size} ${theme} ${violation.impact} ${violation.id}: ${where.join(" | ")}`,
              )
            }
          }
          await page.screenshot({
            path: `${out}/${name}-${size}-${theme}-${language}.png`,
            fullPage: args.includes("--full"),
          })
        }
        await context.close()
      }
    }
  }
} finally {
  await browser.close()
  mock?.kill()
}
