import type { Page } from "@playwright/test"
import { GRACE, startSamlProvider } from "../support/identity"
import { claim, expect, expectAccessible, test } from "../support/journey"

test.use({ file: "saml" })

async function atProvider(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { name: "Example login" })).toBeVisible()
  // For the browser it is another site: its form brings none of the product's cookies along.
  expect(new URL(page.url()).hostname).toBe("localhost")
  await page.getByLabel("Name").fill(GRACE.name)
  await page.getByLabel("Password").fill(GRACE.password)
  await page.getByRole("button", { name: "Continue" }).click()
}

test("an administrator adds a SAML provider, tries it, and somebody signs in by it", async ({
  page,
  product,
  browser,
}, testInfo) => {
  // Axe looks at two screens, and a process is started.
  test.slow()
  await claim(page, product)
  const callback = `${product.url}/api/v1/session/callback`
  const entityId = `${product.url}/api/v1/session/metadata`
  const provider = await startSamlProvider(product.identityPort, entityId, callback)
  try {
    const name = `Work account ${testInfo.project.name}`
    await page.goto(`${product.url}/single-sign-on`)
    await page.getByRole("button", { name: "Add a provider" }).first().click()
    const dialog = page.getByRole("dialog")
    await dialog.getByRole("button", { name: "SAML 2.0" }).click()
    await expect(dialog.getByText(callback, { exact: true })).toBeVisible()
    await expect(dialog.getByText(entityId, { exact: true })).toBeVisible()
    await dialog.getByLabel("Name", { exact: true }).fill(name)
    await dialog.getByRole("button", { name: "Keycloak" }).click()
    await dialog.getByLabel("Address of the provider's metadata").fill(`${provider.metadata}/none`)
    await dialog.getByLabel("E-mail domains").fill("example.org")
    await dialog.getByRole("button", { name: "Add a rule" }).click()
    await dialog.getByLabel("Value", { exact: true }).fill("admins")
    await dialog.getByRole("combobox", { name: "Role", exact: true }).click()
    await page.getByRole("option", { name: "Operator" }).click()
    await expectAccessible(page)
    await dialog.getByRole("button", { name: "Save" }).click()
    await expect(dialog.getByText(/could not be fetched: it answered HTTP 404/).first()).toBeVisible()
    await dialog.getByLabel("Address of the provider's metadata").fill(provider.metadata)
    await dialog.getByRole("button", { name: "Save" }).click()
    await expect(page.getByText("The provider answered and is saved.")).toBeVisible()

    await page.getByRole("button", { name: `Test sign-in by ${name}` }).click()
    await atProvider(page)
    await expect(page.getByText("A new person would be added as: Operator.")).toBeVisible()
    await expect(page.getByText("sub-grace").first()).toBeVisible()
    await expectAccessible(page)

    const elsewhere = await browser.newContext()
    const grace = await elsewhere.newPage()
    await grace.goto(`${product.url}/requests`)
    await grace.getByRole("button", { name: `Sign in with ${name}` }).click()
    await atProvider(grace)
    await expect(grace.getByRole("heading", { level: 1, name: "Requests" })).toBeVisible()
    await elsewhere.close()

    await page.goto(`${product.url}/people`)
    await expect(page.getByRole("listitem").filter({ hasText: GRACE.email })).toContainText("Operator")
  } finally {
    provider.stop()
  }
  await page.goto(`${product.url}/single-sign-on`)
  await page.getByRole("button", { name: "Remove" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click()
  await expect(page.getByText("No provider yet")).toBeVisible()
})
