import { claim, expect, expectAccessible, test } from "../support/journey"

test.describe.configure({ mode: "serial" })
test.use({ file: "policies" })

test("a policy is written, tried, made, switched off, found in its history and deleted", async ({
  page,
  product,
}, testInfo) => {
  // Axe looks at several screens.
  test.slow()
  const name = `Only from the office ${testInfo.project.name}`
  await claim(page, product)
  await page.goto(`${product.url}/policies`)
  await expect(page.getByText("No access policies yet")).toBeVisible()
  await page.getByRole("button", { name: "Make a policy" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByRole("button", { name: "Only from these networks" }).click()
  await dialog.getByLabel("Name").fill(name)
  const text = dialog.getByRole("textbox", { name: "Policy (Cedar)" })
  const sound = await text.inputValue()
  await text.fill(sound.replace("network.ip", "netwrk.ip"))
  await expect(dialog.getByText(/^Line 2, column \d+: attribute `netwrk/)).toBeVisible()
  await expectAccessible(page)
  await text.fill(sound)
  await expect(dialog.getByText("The text is sound.")).toBeVisible()
  await dialog.getByRole("combobox", { name: "Permission" }).click()
  await page.getByRole("option", { name: "providers:write" }).click()
  await dialog.getByLabel("From the address").fill("203.0.113.7")
  await expect(dialog.getByText(/may not: the policy .* forbids providers:write here/)).toBeVisible()
  await expect(dialog.getByText("Without this text it is allowed.")).toBeVisible()
  await dialog.getByLabel("From the address").fill("10.1.2.3")
  await expect(dialog.getByText(/may: the role System administrator includes providers:write/)).toBeVisible()
  await dialog.getByRole("button", { name: "Make a policy" }).click()
  await expect(dialog).toHaveCount(0)
  const row = page.getByRole("listitem").filter({ hasText: name })
  await expect(row.getByText("forbids")).toBeVisible()
  await expectAccessible(page)

  await row.getByRole("switch").click()
  await expect(page.getByText(`The policy ${name} is off.`)).toBeVisible()
  await row.getByRole("button", { name: `History of ${name}` }).click()
  await expect(page.getByRole("dialog").getByText("Version 2")).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click()
  await row.getByRole("button", { name: `Delete the policy ${name}?` }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click()
  await expect(page.getByText("No access policies yet")).toBeVisible()
})
