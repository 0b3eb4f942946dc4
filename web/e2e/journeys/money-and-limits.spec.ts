import { readFile } from "node:fs/promises"
import { askClaude, claim, expect, expectAccessible, makeKey, test } from "../support/journey"

test.describe.configure({ mode: "serial" })
test.use({ file: "money-and-limits" })

test.beforeEach(async ({ page, product }) => claim(page, product))

let token = ""

test("a key is made together with its limits, and the navigation tells when its budget is used up", async ({
  page,
  product,
}) => {
  await page.goto(`${product.url}/api-keys?create=true`)
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Name", { exact: true }).fill("CI reviews")
  await dialog.getByLabel("Project (optional)").fill("apollo")
  await dialog.getByLabel("Budget a month").fill("much")
  await expect(dialog.getByRole("button", { name: "Make the key" })).toBeDisabled()
  // One answer costs 0.00545.
  await dialog.getByLabel("Budget a month").fill("0.005")
  await dialog.getByLabel("Requests at once").fill("4")
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Make the key" }).click()
  token = (await dialog.locator("code", { hasText: /^pa_[\w-]{20,}$/ }).textContent()) ?? ""
  await dialog.getByRole("button", { name: "I have copied it" }).click()
  await expect(page.getByText("0 of 4 requests at once")).toBeVisible()
  const badge = page.getByRole("img", { name: "1 budget is used up." }).locator("visible=true")
  await expect(badge).toHaveCount(0)
  await askClaude(product, token)
  await page.goto(`${product.url}/limits`)
  const row = page.getByRole("listitem").filter({ hasText: "a month" })
  await expect(row.getByText("Used up")).toBeVisible()
  await expect(badge).toBeVisible()
  await expectAccessible(page)
})

test("a used budget refuses; a larger one lets through, and removing it can be undone", async ({
  page,
  product,
}) => {
  const ask = () =>
    fetch(`${product.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": token },
      body: JSON.stringify({
        model: "claude-sonnet-4-5",
        max_tokens: 10,
        messages: [{ role: "user", content: "Hi" }],
      }),
    })
  expect((await ask()).status).toBe(402)
  await page.goto(`${product.url}/limits`)
  const row = page.getByRole("listitem").filter({ hasText: "a month" })
  await row.getByRole("button", { name: /^Change/ }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("At most").fill("20")
  await dialog.getByRole("button", { name: "Save" }).click()
  await expect(page.getByText("$20.00 a month")).toBeVisible()
  // The keyboard goes on where it was.
  await expect(row.getByRole("button", { name: /^Change/ })).toBeFocused()
  await expect.poll(async () => (await ask()).status).toBe(200)
  await row.getByRole("button", { name: /^Remove/ }).click()
  await expect(row).toHaveCount(0)
  await page.getByRole("button", { name: "Undo" }).click()
  await expect(row).toBeVisible()
})

test("the saving is explained by its request in one click", async ({ page, product }) => {
  await page.goto(product.url)
  await expect(page.getByText(/You spent .* instead of .* and saved/)).toBeVisible()
  await expect(page.getByText(/list price of the model that each request asked for/)).toBeVisible()
  await page.getByRole("link", { name: /See why, for example: claude-sonnet-4-5/ }).click()
  await expect(
    page.getByRole("dialog", { name: "Request" }).getByText("answered as the first choice"),
  ).toBeVisible()
})

test("usage is narrowed by a click, kept in the address, and exported", async ({ page, product }) => {
  await page.goto(`${product.url}/usage`)
  await page.getByRole("button", { name: "claude-sonnet-4-5" }).click()
  await expect(page).toHaveURL(/model=claude-sonnet-4-5/)
  await expect(page.getByText("Asked-for model: claude-sonnet-4-5")).toBeVisible()
  await page.getByLabel("Group by").click()
  await page.getByRole("option", { name: "Project" }).click()
  await expect(page.getByRole("button", { name: "apollo" })).toBeVisible()
  await expectAccessible(page)
  const download = page.waitForEvent("download")
  await page.getByRole("link", { name: "CSV" }).click()
  const file = await readFile(await (await download).path(), "utf8")
  expect(file).toContain("apollo")
})

test("a price file says what it would change before it is imported", async ({ page, product }) => {
  await page.goto(`${product.url}/prices`)
  await page.getByRole("button", { name: "Import prices" }).click()
  const dialog = page.getByRole("dialog")
  const choose = async (content: string) => {
    const chooser = page.waitForEvent("filechooser")
    await dialog.getByRole("button", { name: /^Choose/ }).click()
    await (await chooser).setFiles({ name: "prices.csv", mimeType: "text/csv", buffer: Buffer.from(content) })
  }
  await choose("nonsense\n1\n")
  await expect(dialog.getByRole("alert")).toBeVisible()
  await choose("vendor,model,input,output,currency\nsim,kimi-next,1.00,3.00,USD\n")
  await expect(dialog.getByText("sim/kimi-next")).toBeVisible()
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "Import 1 price" }).click()
  await expect(page.getByText("1 price has been imported.")).toBeVisible()
  await page.getByLabel("Search a model or a vendor").fill("kimi-next")
  await expect(page.getByRole("cell", { name: "$3.00" })).toBeVisible()
})

test("a name without a list price says so, and the price stated for it counts from then on", async ({
  page,
  product,
}) => {
  const key = await makeKey(page, product, "trial")
  await page.goto(`${product.url}/requests/${await askClaude(product, key, "trial")}`)
  await page.getByRole("link", { name: "State its list price" }).click()
  const dialog = page.getByRole("dialog", { name: "What does trial cost?" })
  await expect(dialog.getByLabel("Name that clients ask for")).toHaveValue("trial")
  await dialog.getByLabel("Input").fill("3")
  await dialog.getByLabel("Output").fill("15")
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "State it" }).click()
  await expect(page.getByText("trial has a price.")).toBeVisible()
  await expect(dialog).toHaveCount(0)
  await expect
    .poll(async () => {
      await askClaude(product, key, "trial")
      const answer = await page.request.get(`${product.url}/api/v1/requests?model=trial`)
      const { items } = (await answer.json()) as { items: { baseline_model: string }[] }
      return items[0]?.baseline_model
    })
    .toBe("trial")
})

test("a bill is compared with the ledger, and its difference is named", async ({ page, product }) => {
  const now = new Date()
  const day = now.toISOString().slice(0, 10)
  await page.goto(`${product.url}/reconciliations`)
  await expect(page.getByText("No bill compared yet")).toBeVisible()
  await page.getByLabel("Provider").fill("sim")
  await page.getByRole("textbox", { name: "Month" }).fill(day.slice(0, 7))
  const chooser = page.waitForEvent("filechooser")
  await page.getByRole("button", { name: "Choose a file" }).click()
  const bill = `date,model,input_tokens,cached_input_tokens,output_tokens,amount,currency\n${day},kimi-k2.6,1,1,1,9.99,USD\n`
  await (await chooser).setFiles({ name: "bill.csv", mimeType: "text/csv", buffer: Buffer.from(bill) })
  await page.getByRole("button", { name: "Compare and keep" }).click()
  await expect(page.getByText("Tokens differ").first()).toBeVisible()
  await expectAccessible(page)
  await page.reload()
  await expect(page.getByText(/1 line differs/)).toBeVisible()
})
