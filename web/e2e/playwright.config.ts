import { defineConfig, devices } from "@playwright/test"

const launchOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // As root Chromium needs --no-sandbox; the rest keeps it from calling home.
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
}

export default defineConfig({
  testDir: "journeys",
  outputDir: "test-results",
  // Each worker has a server of its own; the journeys of a file build on each other's data.
  workers: 2,
  fullyParallel: false,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    launchOptions,
    locale: "en",
    timezoneId: "Asia/Shanghai",
    screenshot: "only-on-failure",
    // Colours half-way through a transition would be judged.
    contextOptions: { reducedMotion: "reduce" },
    trace: "off",
  },
  projects: [
    { name: "desktop", use: { viewport: { width: 1440, height: 900 } } },
    { name: "phone", use: { ...devices["Pixel 7"], launchOptions } },
  ],
})
