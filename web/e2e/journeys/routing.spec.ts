import { claim, expect, expectAccessible, makeKey, test } from "../support/journey"

test.describe.configure({ mode: "serial" })
test.use({ file: "routing" })

test.beforeEach(async ({ page, product }) => claim(page, product))

test("routes are made, tried without sending, put in order, removed and brought back", async ({
  page,
  product,
}) => {
  await page.goto(`${product.url}/routes`)
  const add = async (name: string, pattern: string) => {
    await page.getByRole("button", { name: "Add a route" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Name", { exact: true }).fill(name)
    await dialog.getByLabel("Model asked for").fill(pattern)
    await dialog.getByLabel("Models, in order").click()
    await page.getByRole("option", { name: "kimi-k2", exact: true }).click()
    await dialog.getByLabel("Name", { exact: true }).click()
    await expectAccessible(page)
    await dialog.getByRole("button", { name: "Save" }).click()
    await expect(dialog).toHaveCount(0)
    await expect(page.getByRole("button", { name: "Add a route" })).toBeFocused()
  }
  await add("qwen", "qwen-*")
  await add("glm", "glm-*")
  await page
    .getByLabel("Body (JSON)")
    .fill('{"model": "glm-5", "messages": [{"role": "user", "content": "Hi"}]}')
  await page.getByRole("button", { name: "Show the decision" }).click()
  await expect(page.getByText("Route glm sends glm-* to kimi-k2", { exact: false })).toBeVisible()
  await expectAccessible(page)
  const names = page.locator("main ol > li").filter({ hasText: "A client asks for" })
  await expect(names.last()).toContainText("glm")
  await page.getByRole("button", { name: "Move glm up" }).click()
  await expect(names.last()).toContainText("qwen")
  await page.getByRole("button", { name: "Remove glm" }).click()
  await expect(page.getByRole("button", { name: "Remove glm" })).toHaveCount(0)
  await page.getByRole("button", { name: "Undo" }).last().click()
  await expect(page.getByRole("button", { name: "Remove glm" })).toBeVisible()
})

test("a repeated question is answered from the cache, which can be emptied", async ({ page, product }) => {
  const key = await makeKey(page, product, "FAQ")
  const ask = () =>
    fetch(`${product.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: "faq-bot", messages: [{ role: "user", content: "When are you open?" }] }),
    })
  expect((await ask()).headers.get("x-powerautomation-cache")).toBe("miss")
  expect((await ask()).headers.get("x-powerautomation-cache")).toBe("hit")
  await expect(async () => {
    await page.goto(`${product.url}/answer-cache`)
    await expect(page.getByText("of 2 look-ups")).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await expect(page.getByText("50%").first()).toBeVisible()
  await expectAccessible(page)
  await page.getByRole("button", { name: "Empty the cache" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Empty the cache" }).click()
  await expect(page.getByRole("dialog")).toHaveCount(0)
  await expect.poll(async () => (await ask()).headers.get("x-powerautomation-cache")).toBe("miss")
})

test("an experiment tells what each arm costs, and that it is too early to tell", async ({
  page,
  product,
}) => {
  const key = await makeKey(page, product, "Experimenter")
  for (const user of ["a", "b", "c", "d", "e", "f"]) {
    const answer = await fetch(`${product.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: "trial", user, messages: [{ role: "user", content: user }] }),
    })
    expect(answer.status).toBe(200)
  }
  await expect(async () => {
    await page.goto(`${product.url}/splits`)
    await expect(page.getByText("Cost per request")).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await expect(page.getByText(/too few/).first()).toBeVisible()
  await expectAccessible(page)
})

test("a provider's promise is in the configuration, or the page says how one appears", async ({
  page,
  product,
}) => {
  await page.goto(`${product.url}/service-levels`)
  await expect(page.getByRole("heading", { level: 1, name: "Service levels" })).toBeVisible()
  await expect(page.getByText("A provider appears here a minute after its first request.")).toBeVisible()
  await expectAccessible(page)
})
