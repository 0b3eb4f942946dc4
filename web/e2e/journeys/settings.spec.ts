import type { Browser, Page } from "@playwright/test"
import { claim, expect, expectAccessible, test } from "../support/journey"
import type { Product } from "../support/product"

test.describe.configure({ mode: "serial" })
test.use({ file: "settings" })

/** Somebody else who may change everything of the organization, signed in in a browser of their own. */
async function colleague(page: Page, product: Product, browser: Browser, email: string): Promise<Page> {
  const session = await (await page.request.get(`${product.url}/api/v1/session`)).json()
  const invited = await page.request.post(`${product.url}/api/v1/users`, {
    headers: { "x-csrf-token": session.csrf_token },
    data: { name: "Grace", email, role: "organization_admin" },
  })
  expect(invited.status(), await invited.text()).toBe(201)
  const other = await (await browser.newContext()).newPage()
  const accepted = await other.request.post(`${product.url}/api/v1/session/invitation/accept`, {
    data: { token: (await invited.json()).token, new_password: "an old lighthouse keeper" },
  })
  expect(accepted.status(), await accepted.text()).toBe(200)
  return other
}

/** Give a unit another name by its dialog. */
async function rename(page: Page, product: Product, from: string, to: string): Promise<void> {
  await page.goto(`${product.url}/units`)
  await page.getByRole("button", { name: `Change ${from}`, exact: true }).click()
  await page.getByRole("dialog").getByLabel("Name").fill(to)
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click()
}

test("a flag is made, killed, and found in the history", async ({ page, product }) => {
  // Axe looks at several screens.
  test.slow()
  await claim(page, product)
  await page.goto(`${product.url}/flags`)
  await page.getByRole("button", { name: "Make a flag" }).first().click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Key", { exact: true }).fill("new-report")
  await dialog.getByLabel("What it is for").fill("The new report.")
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Make a flag" }).click()
  await expect(dialog).toHaveCount(0)
  const row = page.getByRole("listitem").filter({ hasText: "new-report" })
  const isOn = row.getByRole("switch", { name: "new-report is on" })
  if (!(await isOn.isChecked())) {
    await isOn.click()
    await expect(isOn).toBeChecked()
  }
  await isOn.click()
  await expect(page.getByText("new-report is off everywhere within five seconds.")).toBeVisible()
  await expect(isOn).not.toBeChecked()
  await expectAccessible(page)
  await page.goto(`${product.url}/configuration?kind=flag`)
  const versions = page.getByRole("list", { name: "Versions, newest first" }).getByRole("listitem")
  await versions.filter({ hasText: "new-report" }).first().getByRole("button").first().click()
  const detail = page.getByRole("dialog")
  await expect(detail.getByText("environments.production.is_on").first()).toBeVisible()
  await expectAccessible(page)
})

test("a setting is changed, compared and put back; a second person agrees to the next change", async ({
  page,
  product,
  browser,
}) => {
  test.slow()
  await claim(page, product)
  await page.goto(`${product.url}/units`)
  await page.getByRole("button", { name: "New unit" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Name").fill("Sales")
  await dialog.getByRole("button", { name: "Save" }).click()
  await expect(dialog).toHaveCount(0)
  await rename(page, product, "Sales", "Buying")
  await expect(page.getByRole("list", { name: "Units" })).toContainText("Buying")

  await page.goto(`${product.url}/configuration?kind=unit`)
  const versions = page.getByRole("list", { name: "Versions, newest first" }).getByRole("listitem")
  await expect(versions).toHaveCount(2)
  await versions.filter({ hasText: "Version 1" }).getByRole("button").first().click()
  await expect(dialog.getByText("Putting it back would change")).toBeVisible()
  await expect(dialog.locator("li").filter({ hasText: "after: Sales" })).toHaveCount(2)
  await expectAccessible(page)
  await dialog.getByLabel("Why").fill("It was right.")
  await dialog.getByRole("button", { name: "Put back" }).click()
  await expect(page.getByText("Sales is as in version 1 again.")).toBeVisible()
  await expect(versions.first()).toContainText("put back to version 1")

  await page.getByRole("button", { name: "Second person …" }).click()
  await dialog.getByLabel("Unit").check()
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Save" }).click()
  await expect(page.getByText("Saved.")).toBeVisible()
  const grace = await colleague(page, product, browser, `grace-${Date.now()}@example.org`)
  await rename(grace, product, "Sales", "Selling")
  await expect(grace.getByRole("dialog").getByText(/a second person has to agree/)).toBeVisible()
  await grace.context().close()

  await page.goto(`${product.url}/configuration`)
  await expect(page.getByText("Grace proposes")).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("button", { name: "Approve" }).click()
  await expect(page.getByText("The change is made.")).toBeVisible()
  await page.goto(`${product.url}/units`)
  await expect(page.getByRole("list", { name: "Units" })).toContainText("Selling")
})
