import type { Page } from "@playwright/test"
import { claim, expect, expectAccessible, test } from "../support/journey"

test.describe.configure({ mode: "serial" })
test.use({ file: "people" })

const GUEST_PASSWORD = "an old lighthouse keeper"

/** Open the menu of a person and choose what to do. */
async function choose(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole("button", { name: `What to do with ${name}` }).click()
  await page.getByRole("menuitem", { name: action }).click()
}

test("an invited guest sees only what a guest may, and is signed out when deactivated", async ({
  page,
  product,
  browser,
}, testInfo) => {
  // Axe looks at nine screens.
  test.slow()
  const email = `grace-${testInfo.project.name}@example.org`
  await claim(page, product)
  await page.goto(`${product.url}/people`)
  await page.getByRole("button", { name: "Invite somebody" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Name").fill("Grace")
  await dialog.getByLabel("E-mail").fill(email)
  await dialog.getByRole("combobox", { name: "Role" }).click()
  await expectAccessible(page)
  await page.getByRole("option", { name: /^Guest/ }).click()
  await dialog.getByRole("button", { name: "Make the link" }).click()
  const link = (await dialog.locator("code").textContent()) ?? ""
  expect(link).toContain("/invitation#token=")
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "I have copied it" }).click()
  const row = page.getByRole("listitem").filter({ hasText: email })
  await expect(row.getByText("Invited")).toBeVisible()
  await expectAccessible(page)

  const elsewhere = await browser.newContext()
  const guest = await elsewhere.newPage()
  await guest.goto(link)
  await expect(guest.getByText(email)).toBeVisible()
  expect(guest.url()).not.toContain("token")
  await expectAccessible(guest)
  await guest.getByLabel("New password").fill("password1234")
  await guest.getByRole("button", { name: "Accept and sign in" }).click()
  await expect(guest.getByText(/among the first/)).toBeVisible()
  await guest.getByLabel("New password").fill(GUEST_PASSWORD)
  await guest.getByRole("button", { name: "Accept and sign in" }).click()
  await expect(guest.getByRole("heading", { level: 1, name: "Prices" })).toBeVisible()
  const pages = guest.getByRole("navigation", { name: "Pages", exact: true })
  if (testInfo.project.name === "desktop") {
    await expect(pages.getByRole("link")).toHaveText(["Prices"])
  }
  await guest.goto(`${product.url}/people`)
  await expect(guest.getByText("users:read")).toBeVisible()
  await expectAccessible(guest)
  const refused = await guest.request.get(`${product.url}/api/v1/users`)
  expect(refused.status()).toBe(403)
  await guest.goto(`${product.url}/sessions`)
  await expect(guest.getByText("This one")).toBeVisible()
  await expectAccessible(guest)

  await page.reload()
  await expect(row.getByText("Invited")).toHaveCount(0)
  await choose(page, "Grace", "Deactivate…")
  await expectAccessible(page)
  await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click()
  await expect(row.getByText("Deactivated")).toBeVisible()
  await expect(guest.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible({ timeout: 8_000 })
  await elsewhere.close()
})

test("a role says why somebody may do something, and a deleted person comes back", async ({
  page,
  product,
}, testInfo) => {
  const email = `grace-${testInfo.project.name}@example.org`
  await claim(page, product)
  await page.goto(`${product.url}/people?search=${encodeURIComponent(email)}`)
  const row = page.getByRole("listitem").filter({ hasText: email })
  await expect(row).toHaveCount(1)
  await choose(page, "Grace", "Activate")
  await expect(row.getByText("Deactivated")).toHaveCount(0)
  await choose(page, "Grace", "Change name or role…")
  await page.getByRole("dialog").getByRole("combobox", { name: "Role" }).click()
  await page.getByRole("option", { name: /^Developer/ }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click()
  await expect(row.getByText("Developer")).toBeVisible()

  await page.getByRole("combobox", { name: "Person" }).click()
  await page.getByRole("option", { name: "Grace" }).click()
  await page.getByRole("combobox", { name: "Permission" }).click()
  await page.getByRole("option", { name: "limits:write" }).click()
  await expect(
    page.getByText(/Grace may not: the role Developer does not include limits:write/),
  ).toBeVisible()
  // What was said of the changes lies over the box on a phone, for some seconds.
  await expect(page.getByText("Grace is changed.")).toHaveCount(0)
  // What is half under the bar at the top is too small to be pressed, until one scrolls.
  await page.evaluate(() => window.scrollTo(0, 0))
  await expectAccessible(page)

  await choose(page, "Grace", "Delete…")
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click()
  await expect(page.getByRole("button", { name: "Bring back Grace" })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("button", { name: "Bring back Grace" }).click()
  await expect(row).toHaveCount(1)
})

test("one's own row cannot be changed and says why", async ({ page, product }) => {
  await claim(page, product)
  await page.goto(`${product.url}/people`)
  const own = page.getByRole("button", { name: /This is you/ })
  await expect(own).toBeDisabled()
})

test("an import shows what each line will do before it does it", async ({ page, product }, testInfo) => {
  await claim(page, product)
  await page.goto(`${product.url}/people`)
  await page.getByRole("button", { name: "Import" }).click()
  const name = `new-${testInfo.project.name}`
  const csv = `email,name,role\n${name}@example.org,${name},operator\nbroken,Nobody,guest\n`
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(csv) })
  const dialog = page.getByRole("dialog")
  await expect(dialog.getByText("1 invited, 0 changed, 0 unchanged, 1 refused")).toBeVisible()
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Import 1 line" }).click()
  await expect(dialog.getByRole("button", { name: "Copy all links" })).toBeVisible()
  await dialog.getByRole("button", { name: "Close" }).click()
  await expect(page.getByRole("listitem").filter({ hasText: `${name}@example.org` })).toHaveCount(1)
})

test("another session is seen and ended", async ({ page, product, browser }) => {
  await claim(page, product)
  const elsewhere = await browser.newContext()
  const other = await elsewhere.newPage()
  await claim(other, product)
  await other.goto(`${product.url}/account`)
  await page.goto(`${product.url}/sessions`)
  await page.getByRole("button", { name: "End all others" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "End all others" }).click()
  await expect(page.getByRole("dialog")).toHaveCount(0)
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(1)
  await expect(other.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible({ timeout: 8_000 })
  await elsewhere.close()
})

const addresses = [
  ...[
    "/",
    "/usage",
    "/requests",
    "/providers",
    "/routes",
    "/service-levels",
    "/splits",
    "/answer-cache",
    "/prices",
  ],
  ...[
    "/reconciliations",
    "/api-keys",
    "/limits",
    "/get-started",
    "/people",
    "/doctor",
    "/settings",
    "/account",
  ],
]

for (const role of ["organization_admin", "project_manager", "developer", "operator", "guest"]) {
  test(`no page asks for what a ${role} may not see`, async ({ page, product, browser }, testInfo) => {
    test.slow()
    await claim(page, product)
    const csrf = (await (await page.request.get(`${product.url}/api/v1/session`)).json()).csrf_token
    const invited = await page.request.post(`${product.url}/api/v1/users`, {
      data: { name: role, email: `${role}-${testInfo.project.name}@example.org`, role },
      headers: { "x-csrf-token": csrf },
    })
    const elsewhere = await browser.newContext()
    const person = await elsewhere.newPage()
    const refused: string[] = []
    person.on("response", (answer) => {
      if (answer.status() === 403) refused.push(`${person.url()} ${answer.url()}`)
    })
    await person.goto(`${product.url}/invitation#token=${(await invited.json()).token}`)
    await person.getByLabel("New password").fill(GUEST_PASSWORD)
    await person.getByRole("button", { name: "Accept and sign in" }).click()
    await expect(person.getByRole("main").getByRole("heading", { level: 1 })).toBeVisible()
    for (const address of addresses) {
      await person.goto(product.url + address)
      await expect(person.getByRole("main").getByRole("heading", { level: 1 })).toBeVisible()
      await expect(person.locator("main .MuiSkeleton-root")).toHaveCount(0, { timeout: 20_000 })
    }
    expect(refused).toEqual([])
    await elsewhere.close()
  })
}
