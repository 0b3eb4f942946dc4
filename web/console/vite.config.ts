import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import react from "@vitejs/plugin-react"
import { defineConfig, type Plugin } from "vite"

// The server that `npm run dev` talks to: the mock by default, or a real one.
const server = process.env.POWERAUTOMATION_URL ?? "http://127.0.0.1:18080"

/** Puts the program that shows the API's description beside the console: /docs loads it from this server. */
function apiDocs(): Plugin {
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"))
  // Without its last line, which points browsers to a source map that is not served.
  const textOf = (name: string) =>
    readFileSync(join(folder, name), "utf8").replace(/\n*\/[/*]# sourceMappingURL=[^\n]*\s*$/, "\n")
  return {
    name: "api-docs",
    apply: "build",
    generateBundle() {
      for (const name of [
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "swagger-ui-bundle.js.LICENSE.txt",
        "LICENSE",
      ])
        this.emitFile({ type: "asset", fileName: `api-docs/${name}`, source: textOf(name) })
    },
  }
}

export default defineConfig({
  // Relative addresses plus <base href="/"> in index.html: the server may rewrite that one tag to live below a path.
  base: "./",
  plugins: [react(), apiDocs()],
  resolve: { alias: { "~": new URL("./src", import.meta.url).pathname } },
  server: {
    port: 5173,
    proxy: {
      "/api": { target: server, changeOrigin: false },
      "/realtime": { target: server, ws: true },
    },
  },
  build: {
    outDir: "../../powerautomation/console",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    // A script inside a data: address would break the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 450,
  },
})
