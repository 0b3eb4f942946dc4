import type { Page } from "@playwright/test"
import { CLIENT, GRACE, startIdentityProvider } from "../support/identity"
import { claim, expect, expectAccessible, test } from "../support/journey"

test.use({ file: "single-sign-on" })

async function atProvider(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { name: "Example login" })).toBeVisible()
  await page.getByLabel("Name").fill(GRACE.name)
  await page.getByLabel("Password").fill(GRACE.password)
  await page.getByRole("button", { name: "Continue" }).click()
}

test("an administrator adds a provider, tries it, and somebody signs in by it", async ({
  page,
  product,
  browser,
}, testInfo) => {
  // Axe looks at three screens, and a process is started.
  test.slow()
  await claim(page, product)
  await page.goto(`${product.url}/single-sign-on`)
  await expect(page.getByText("No provider yet")).toBeVisible()
  const redirect = (await page.locator("code", { hasText: "/session/callback" }).textContent()) ?? ""
  const provider = await startIdentityProvider(product.identityPort, redirect)
  try {
    const name = `Work account ${testInfo.project.name}`
    await page.getByRole("button", { name: "Add a provider" }).first().click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Name").fill(name)
    await dialog.getByLabel("Issuer").fill(`${provider.issuer}/`)
    await dialog.getByLabel("Client id").fill(CLIENT.id)
    await dialog.getByLabel("Client secret").fill(CLIENT.secret)
    await dialog.getByLabel("E-mail domains").fill("example.org")
    await dialog.getByRole("button", { name: "Add a rule" }).click()
    await dialog.getByLabel("Value", { exact: true }).fill("admins")
    await dialog.getByRole("combobox", { name: "Role", exact: true }).click()
    await page.getByRole("option", { name: "Operator" }).click()
    await expectAccessible(page)
    await dialog.getByRole("button", { name: "Save" }).click()
    await expect(dialog.getByText(/calls itself/).first()).toBeVisible()
    await dialog.getByLabel("Issuer").fill(provider.issuer)
    await dialog.getByRole("button", { name: "Save" }).click()
    await expect(page.getByText("The provider answered and is saved.")).toBeVisible()

    await page.getByRole("button", { name: `Test sign-in by ${name}` }).click()
    await atProvider(page)
    await expect(page.getByText("A new person would be added as: Operator.")).toBeVisible()
    await expect(page.getByText("sub-grace")).toBeVisible()
    await expectAccessible(page)

    const elsewhere = await browser.newContext()
    const grace = await elsewhere.newPage()
    await grace.goto(`${product.url}/requests`)
    await expect(grace.getByRole("button", { name: `Sign in with ${name}` })).toBeVisible()
    await expectAccessible(grace)
    await grace.getByRole("button", { name: `Sign in with ${name}` }).click()
    await atProvider(grace)
    await expect(grace.getByRole("heading", { level: 1, name: "Requests" })).toBeVisible()

    await page.goto(`${product.url}/people`)
    await expect(page.getByRole("listitem").filter({ hasText: GRACE.email })).toContainText("Operator")
    await page.goto(`${product.url}/single-sign-on`)
    await page.getByRole("button", { name: "Switch off" }).click()
    await expect(page.getByRole("button", { name: "Switch on" })).toBeVisible()
    await grace.goto(`${product.url}/sign-in?problem=single_sign_on.person_unknown`)
    await expect(grace.getByText(/not bound to anybody/)).toBeVisible()
    await expect(grace.getByRole("button", { name: `Sign in with ${name}` })).toBeHidden()
    await elsewhere.close()
  } finally {
    provider.stop()
  }
  await page.goto(`${product.url}/single-sign-on`)
  await page.getByRole("button", { name: "Remove" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click()
  await expect(page.getByText("No provider yet")).toBeVisible()
})
