import { ADA, ADMINS, READER, startDirectory } from "../support/directory"
import { claim, expect, expectAccessible, test } from "../support/journey"

test.use({ file: "directory" })

test("an administrator adds a directory, tries it, and somebody signs in with the password there", async ({
  page,
  product,
  browser,
}, testInfo) => {
  // Axe looks at four screens, and a process is started.
  test.slow()
  await claim(page, product)
  const directory = await startDirectory(product.identityPort)
  try {
    await page.goto(`${product.url}/single-sign-on`)
    await expect(page.getByText("No provider yet")).toBeVisible()
    const name = `Staff directory ${testInfo.project.name}`
    await page.getByRole("button", { name: "Add a provider" }).first().click()
    const dialog = page.getByRole("dialog")
    await dialog.getByRole("button", { name: "LDAP, Active Directory" }).click()
    await dialog.getByRole("button", { name: "OpenLDAP" }).click()
    await dialog.getByLabel("Name", { exact: true }).fill(name)
    await dialog.getByLabel("Servers").fill(directory.address)
    await dialog.getByLabel("Service account (DN)").fill(READER.dn)
    await dialog.getByLabel("Password of the service account").fill(READER.password)
    await dialog.getByLabel("Search people under").fill("dc=example,dc=org")
    await dialog.getByLabel("E-mail domains").fill("example.org")
    await dialog.getByRole("button", { name: "Add a rule" }).click()
    await dialog.getByLabel("Value", { exact: true }).fill(ADMINS)
    await dialog.getByRole("combobox", { name: "Role", exact: true }).click()
    await page.getByRole("option", { name: "Operator" }).click()
    await expectAccessible(page)
    await dialog.getByRole("button", { name: "Save" }).click()
    await expect(
      dialog.getByText(/could not be reached|could not be asked|not trusted/).first(),
    ).toBeVisible()
    await dialog.getByLabel("Certificate authority").fill(directory.certificate)
    await dialog.getByRole("button", { name: "Save" }).click()
    await expect(page.getByText("The provider answered and is saved.")).toBeVisible()

    await page.getByRole("button", { name: `Test sign-in by ${name}` }).click()
    await dialog.getByLabel("User name").fill(ADA.name)
    await dialog.getByLabel("Password").fill("a wrong one")
    await dialog.getByRole("button", { name: "Try" }).click()
    await expect(dialog.getByText(/refused the password/)).toBeVisible()
    await dialog.getByLabel("Password").fill(ADA.password)
    await dialog.getByRole("button", { name: "Try" }).click()
    await expect(dialog.getByText("A new person would be added as: Operator.")).toBeVisible()
    await expect(dialog.getByText(ADMINS).first()).toBeVisible()
    await expectAccessible(page)

    const elsewhere = await browser.newContext()
    const ada = await elsewhere.newPage()
    await ada.goto(`${product.url}/requests`)
    await ada.getByRole("button", { name: `Sign in with ${name}` }).click()
    await expectAccessible(ada)
    await ada.getByLabel("User name").fill(ADA.name)
    await ada.getByLabel("Password").fill("a wrong one")
    await ada.getByRole("button", { name: "Sign in", exact: true }).click()
    await expect(ada.getByText("The user name or the password is wrong.")).toBeVisible()
    await ada.getByLabel("Password").fill(ADA.password)
    await ada.getByRole("button", { name: "Sign in", exact: true }).click()
    await expect(ada.getByRole("heading", { level: 1, name: "Requests" })).toBeVisible()
    await elsewhere.close()

    await page.goto(`${product.url}/people`)
    await expect(page.getByRole("listitem").filter({ hasText: ADA.email })).toContainText("Operator")
  } finally {
    directory.stop()
  }
  await page.goto(`${product.url}/single-sign-on`)
  await page.getByRole("button", { name: "Remove" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click()
  await expect(page.getByText("No provider yet")).toBeVisible()
})
