import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { alias: { "~": new URL("./console/src", import.meta.url).pathname } },
  test: {
    include: ["console/src/**/*.test.{ts,tsx}", "packages/*/src/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
    setupFiles: ["./vitest.setup.ts"],
    env: { TZ: "Asia/Shanghai" },
    maxWorkers: 2,
  },
})
