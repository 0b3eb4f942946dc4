import { readFileSync } from "node:fs"
import { claim, expect, expectAccessible, makeKey, test } from "../support/journey"

test.use({ file: "audit" })
test.describe.configure({ mode: "serial" })

test.beforeEach(async ({ page, product }) => claim(page, product))

test("what was done stands in the log, can be found, looked at and taken out", async ({ page, product }) => {
  await makeKey(page, product, "laptop of the harbour")
  await page.goto(`${product.url}/audit`)
  await expect(page.getByRole("heading", { level: 1, name: "Audit" })).toBeVisible()
  const made = page.getByRole("button", { name: /Made a gateway key/ })
  await expect(made.first()).toBeVisible()
  await page.getByLabel("Name, id, address, reason").fill("OF THE HARBOUR")
  await expect(page).toHaveURL(/text=OF/)
  await expect(made).toHaveCount(1)
  await made.click()
  const event = page.getByRole("dialog", { name: "Made a gateway key" })
  await expect(event.getByRole("button", { name: "Gateway key laptop of the harbour" })).toBeVisible()
  await expect(event.getByText("127.0.0.1")).toBeVisible()
  await expectAccessible(page)
  await event.getByRole("button", { name: "Close" }).click()
  const download = page.waitForEvent("download")
  await page.getByRole("link", { name: "CSV" }).click()
  const table = readFileSync((await (await download).path()) ?? "", "utf-8")
  expect(table).toContain("laptop of the harbour")
  expect(table.trim().split("\n")).toHaveLength(2)
  await page.getByLabel("Name, id, address, reason").fill("nobody ever did this")
  await expect(page.getByText("No event matches")).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("button", { name: "Clear filters" }).last().click()
  await expect(made.first()).toBeVisible()
})

test("a failed sign-in is found by its outcome", async ({ page, product, isMobile }) => {
  const answer = await page.request.post(`${product.url}/api/v1/session`, {
    data: { email: "somebody@example.com", password: "a wrong password" },
  })
  expect(answer.status()).toBe(401)
  await page.goto(`${product.url}/audit`)
  if (isMobile) await page.getByRole("button", { name: "Filters" }).click()
  await page.getByLabel("Outcome").click()
  await page.getByRole("option", { name: "Failed" }).click()
  await page
    .getByRole("button", { name: /Signed in/ })
    .first()
    .click()
  const event = page.getByRole("dialog", { name: "Signed in" })
  await expect(event.getByText("Somebody unknown")).toBeVisible()
  await expect(event.getByText("somebody@example.com")).toHaveCount(0)
})
