import { claim, expect, expectAccessible, test } from "../support/journey"

test.describe.configure({ mode: "serial" })
test.use({ file: "privacy" })

test("a text is written, asked before anything else, agreed to, taken back and asked again", async ({
  page,
  product,
}) => {
  // Axe looks at several screens.
  test.slow()
  await claim(page, product)
  await page.goto(`${product.url}/privacy`)
  await expect(page.getByText("Nobody is asked anything yet.")).toBeVisible()
  await page.getByRole("button", { name: "Write a text" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Title").fill("Terms of use")
  await dialog.getByRole("textbox", { name: "Text" }).fill("Requests are kept for 30 days.\nBe kind.")
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Save" }).click()

  const asked = page.getByRole("heading", { level: 1, name: "Terms of use" })
  await expect(asked).toBeVisible()
  await expect(page.getByRole("navigation")).toHaveCount(0)
  await expectAccessible(page)
  await page.getByRole("button", { name: "I agree" }).click()
  await expect(page.getByText("1 person agreed to the newest version.")).toBeVisible()
  await expect(page.getByRole("table")).toContainText("Stored files")
  await expectAccessible(page)

  await page.goto(`${product.url}/account`)
  await expect(page.getByText(/You agreed to version 1/)).toBeVisible()
  await page.getByRole("button", { name: "Take it back" }).click()
  await expect(asked).toBeVisible()
  await page.getByRole("button", { name: "I agree" }).click()
  await expect(page.getByText(/You agreed to version 1/)).toBeVisible()
})

test("somebody asks to be erased, is refused with a reason, and reads it", async ({ page, product }) => {
  test.slow()
  await claim(page, product)
  const needed = await (await page.request.get(`${product.url}/api/v1/session/consent`)).json()
  expect(needed.needed).toBe(false)
  await page.goto(`${product.url}/account`)
  await page.getByRole("button", { name: "Ask to be erased" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Why (you need not say)").fill("I leave.")
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Ask to be erased" }).click()
  await expect(page.getByText(/You asked to be erased/)).toBeVisible()
  await page.goto(`${product.url}/privacy`)
  const row = page.getByRole("list", { name: "Requests to be erased" }).getByRole("listitem")
  await expect(row).toContainText("I leave.")
  await row.getByRole("button", { name: /^Refuse the request/ }).click()
  await page.getByRole("dialog").getByLabel("Why").fill("A contract runs until May.")
  await page.getByRole("dialog").getByRole("button", { name: "Refuse…" }).click()
  await expect(row).toContainText("A contract runs until May.")
  await expectAccessible(page)
  await page.goto(`${product.url}/account`)
  await expect(page.getByText("Refused: A contract runs until May.")).toBeVisible()
})
