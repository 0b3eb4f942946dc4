import { claim, expect, expectAccessible, PERSON, test } from "../support/journey"

test.describe.configure({ mode: "serial" })
test.use({ file: "every-page" })

const pages = [
  ["/", "Overview"],
  ["/usage", "Usage"],
  ["/requests", "Requests"],
  ["/providers", "Providers"],
  ["/routes", "Routes"],
  ["/service-levels", "Service levels"],
  ["/splits", "Experiments"],
  ["/answer-cache", "Answer cache"],
  ["/prices", "Prices"],
  ["/reconciliations", "Reconciliation"],
  ["/api-keys", "API keys"],
  ["/limits", "Limits"],
  ["/get-started", "Get started"],
  ["/audit", "Audit"],
  ["/doctor", "Doctor"],
  ["/settings", "Settings"],
  ["/people", "People"],
  ["/units", "Units"],
  ["/roles", "Roles"],
  ["/organizations", "Organizations"],
  ["/flags", "Flags"],
  ["/configuration", "Configuration history"],
  ["/compliance", "Compliance"],
  ["/privacy", "Privacy"],
  ["/policies", "Access policies"],
  ["/approvals", "Approvals"],
  ["/approval-rules", "Rules for agents"],
  ["/single-sign-on", "Single sign-on"],
  ["/sessions", "My sessions"],
  ["/account", "Account"],
] as const

test.beforeEach(async ({ page, product }) => claim(page, product))

for (const scheme of ["light", "dark"] as const) {
  test(`every page is accessible and quiet in the ${scheme} look`, async ({ page, product }) => {
    // Axe takes some seconds for each of the pages.
    test.slow()
    const complaints: string[] = []
    page.on("pageerror", (error) => complaints.push(error.message))
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" })
    for (const [path, title] of pages) {
      await page.goto(product.url + path)
      await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible()
      await expect(page.locator("main .MuiSkeleton-root")).toHaveCount(0, { timeout: 20_000 })
      await expectAccessible(page)
    }
    expect(complaints).toEqual([])
  })
}

test("what can be pressed is large enough for a finger, or for a mouse", async ({ page, product }, info) => {
  // So many pages take some time on a busy machine.
  test.slow()
  const least = info.project.name === "phone" ? 44 : 24
  const tooSmall: string[] = []
  for (const [path, title] of pages) {
    await page.goto(product.url + path)
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible()
    await expect(page.locator("main .MuiSkeleton-root")).toHaveCount(0, { timeout: 20_000 })
    const found = await page.locator("button, [role=button], [role=tab], nav a, header a").evaluateAll(
      (all, least) =>
        all.flatMap((one) => {
          const { width, height } = one.getBoundingClientRect()
          return width > 0 && (width < least || height < least)
            ? [
                `${Math.round(width)}×${Math.round(height)} ${one.getAttribute("aria-label") ?? one.textContent}`,
              ]
            : []
        }),
      least,
    )
    tooSmall.push(...found.map((one) => `${path}: ${one}`))
  }
  expect(tooSmall).toEqual([])
})

test("the palette reaches pages by words, and in Chinese by pinyin", async ({ page, product }) => {
  await page.goto(product.url)
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible()
  const choose = async (typed: string) => {
    await page.keyboard.press("Control+k")
    await expect(page.getByRole("combobox")).toBeFocused()
    await page.keyboard.insertText(typed)
    await page.keyboard.press("Enter")
  }
  await choose("doct")
  await expect(page.getByRole("heading", { level: 1, name: "Doctor" })).toBeVisible()
  await choose("简体")
  await expect(page.getByRole("heading", { level: 1, name: "诊断" })).toBeVisible()
  await choose("miyao")
  await expect(page.getByRole("heading", { level: 1, name: "API 密钥" })).toBeVisible()
})

test("the keyboard alone opens what there is, and the focus comes back", async ({ page, product }) => {
  await page.goto(product.url)
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
  await page.keyboard.press("?")
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" })
  await expect(help.getByRole("listitem").filter({ hasText: "Limits" })).toContainText("GL")
  await expectAccessible(page)
  await page.keyboard.press("Escape")
  await expect(help).toHaveCount(0)
  await page.keyboard.press("g")
  await page.keyboard.press("k")
  await expect(page.getByRole("heading", { level: 1, name: "API keys" })).toBeVisible()
  const make = page.getByRole("button", { name: "Make a key" }).first()
  await make.focus()
  await page.keyboard.press("Enter")
  const dialog = page.getByRole("dialog", { name: "Make a key" })
  await expect(dialog.getByLabel("Name", { exact: true })).toBeFocused()
  await page.keyboard.press("Escape")
  await expect(dialog).toHaveCount(0)
  await expect(make).toBeFocused()
  const account = page.getByRole("banner").getByRole("button").last()
  await account.focus()
  await page.keyboard.press("Enter")
  await expect(page.getByRole("menu").getByRole("menuitem").first()).toBeFocused()
  await page.keyboard.press("Escape")
  await expect(account).toBeFocused()
})

test("a provider is tested live before it is saved, and its removal can be undone", async ({
  page,
  product,
}) => {
  await page.goto(`${product.url}/providers?add=true`)
  await page.getByRole("button", { name: /Another provider/ }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Base URL").fill(product.vendor.baseUrl)
  await dialog.getByLabel("Name", { exact: true }).fill("mine")
  await dialog.getByLabel("API key").fill("bad-key")
  await dialog.getByRole("button", { name: "Test live" }).click()
  await expect(dialog.getByRole("alert")).toContainText("key")
  await dialog.getByLabel("API key").fill("good-key")
  await dialog.getByLabel("API key").press("Enter")
  await expect(dialog.getByRole("alert")).toContainText("The key works")
  await dialog.getByLabel("Choose from 1 model found").click()
  await page.getByRole("option", { name: /kimi-k2\.6/ }).click()
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Save" }).click()
  const card = page.getByRole("article", { name: "mine" })
  await expect(card.getByText("kimi-k2.6").first()).toBeVisible()
  await card.getByRole("button", { name: "Remove" }).click()
  await expect(card).toHaveCount(0)
  await page.getByRole("button", { name: "Undo" }).click()
  await expect(card).toBeVisible()
})

test("what the configuration declares cannot be edited here", async ({ page, product }) => {
  await page.goto(`${product.url}/providers`)
  const card = page.getByRole("article", { name: "sim" })
  await expect(card.getByText("Configuration file")).toBeVisible()
  await expect(card.getByRole("button", { name: "Edit" })).toHaveCount(0)
})

test("a page that is opened without a session asks to sign in and comes back", async ({
  browser,
  product,
}) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${product.url}/settings`)
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible()
  await page.getByLabel("E-mail").fill(PERSON.email)
  await page.getByLabel("Password").fill(PERSON.password)
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible()
  await context.close()
})

test("the API's description is shown from files of our own, without a complaint", async ({
  page,
  product,
}) => {
  // The description of every route is large.
  test.slow()
  const complaints: string[] = []
  const elsewhere: string[] = []
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  page.on("request", (request) => {
    if (!request.url().startsWith(product.url) && !request.url().startsWith("data:"))
      elsewhere.push(request.url())
  })
  await page.goto(`${product.url}/docs`)
  await expect(page.getByRole("heading", { level: 1, name: /PowerAutomation/ })).toBeVisible()
  // What is far below is drawn only once one scrolls there, and not when one scrolls past it.
  const requests = page.locator('[data-path="/api/v1/requests"]')
  await expect(async () => {
    await page.mouse.wheel(0, 500)
    await expect(requests).toBeVisible({ timeout: 250 })
  }).toPass({ timeout: 60_000, intervals: [0] })
  await requests.click()
  await page.getByRole("button", { name: "Try it out" }).click()
  await page.getByRole("button", { name: "Execute" }).click()
  await expect(page.locator(".live-responses-table .response-col_status", { hasText: "200" })).toBeVisible()
  expect(elsewhere).toEqual([])
  expect(complaints).toEqual([])
})
