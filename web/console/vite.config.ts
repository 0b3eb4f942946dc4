import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"

// The server that `npm run dev` talks to: the mock by default, or a real one.
const server = process.env.POWERAUTOMATION_URL ?? "http://127.0.0.1:18080"

export default defineConfig({
  // Relative addresses plus <base href="/"> in index.html: the server may rewrite that one tag to live below a path.
  base: "./",
  plugins: [react()],
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
