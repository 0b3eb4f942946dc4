import { chromium } from "@playwright/test"

const [out, cols, width, ...files] = process.argv.slice(2)
const b = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"],
})
const p = await b.newPage({ viewport: { width: cols * width, height: 100 } })
const { writeFileSync } = await import("node:fs")
writeFileSync(
  "/tmp/shots/sheet.html",
  `<body style="margin:0;display:grid;grid-template-columns:repeat(${cols},${width}px);gap:0;background:#888">${files.map((f) => `<img src="file://${f}" style="width:${width - 6}px;margin:3px">`).join("")}`,
)
await p.goto("file:///tmp/shots/sheet.html")
await p.waitForLoadState("load")
await p.screenshot({ path: out, fullPage: true })
await b.close()
