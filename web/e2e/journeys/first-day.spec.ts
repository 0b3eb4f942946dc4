import { askClaude, expect, expectAccessible, makeKey, PERSON, signIn, test } from "../support/journey"

test.describe.configure({ mode: "serial" })
test.use({ file: "first-day" })

let token = ""

test("a one-time link signs in once, and the account is claimed with a password", async ({
  page,
  product,
}) => {
  await page.goto(product.signInLink)
  await expect(page.getByRole("heading", { name: "Welcome. Make this yours" })).toBeVisible()
  expect(page.url()).not.toContain("token")
  await expectAccessible(page)
  await page.getByLabel("E-mail").fill(PERSON.email)
  await page.getByLabel("New password").fill(PERSON.password)
  await page.getByRole("button", { name: "Save and go on" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Get started" })).toBeVisible()
  await expect(page.getByText("Waiting for the first request")).toBeVisible()
  await expectAccessible(page)
})

test("a used link says what to do", async ({ page, product }) => {
  await page.goto(product.signInLink)
  await expect(page.getByRole("alert")).toContainText("sign-in-link")
})

test("a wrong password is refused without saying which part was wrong", async ({ page, product }) => {
  await page.goto(`${product.url}/sign-in`)
  await page.getByLabel("E-mail").fill(PERSON.email)
  await page.getByLabel("Password").fill("not the password")
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(page.getByRole("alert")).toBeVisible()
})

test("the light turns green at the first request, by itself", async ({ page, product }) => {
  await signIn(page, product)
  await page.goto(`${product.url}/get-started`)
  await expect(page.getByText("Waiting for the first request")).toBeVisible()
  await page.getByRole("button", { name: "Make a key for Claude Code" }).click()
  const lines = page.getByRole("region", { name: "Lines for Claude Code" })
  await expect(lines).toContainText("ANTHROPIC_BASE_URL")
  await expect(lines).toContainText(/pa_[\w-]{20,}/)
  token = /pa_[\w-]{20,}/.exec((await lines.textContent()) ?? "")?.[0] ?? ""
  expect(token).not.toBe("")
  await askClaude(product, token)
  await expect(page.getByText("It works")).toBeVisible()
})

test("a key is shown once, works, and stops working when it is revoked", async ({ page, product }) => {
  await signIn(page, product)
  const key = await makeKey(page, product, "文档助手")
  await askClaude(product, key)
  await page.getByRole("button", { name: "I have copied it" }).click()
  await expect(page.getByText("文档助手")).toBeVisible()
  await expect(page.getByText(key)).toHaveCount(0)
  await page.getByRole("button", { name: "Revoke “文档助手”?" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click()
  await expect(page.getByText("“文档助手” has been revoked.")).toBeVisible()
  await expect
    .poll(async () => {
      const answer = await fetch(`${product.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
      return answer.status
    })
    .toBe(401)
})

test("a request appears live and explains itself", async ({ page, product }) => {
  await signIn(page, product)
  await page.goto(`${product.url}/requests`)
  await expect(page.getByText("Live", { exact: true })).toBeVisible()
  const rows = page.locator("main a[href*='/requests/']")
  // The list has come when the earlier requests are there; only what is live can add to it from now on.
  await expect(rows).not.toHaveCount(0)
  const before = await rows.count()
  const id = await askClaude(product, token)
  await expect(rows).toHaveCount(before + 1)
  await page.locator(`a[href*='${id}']`).click()
  const details = page.getByRole("dialog", { name: "Request" })
  await expect(details.getByText("claude-sonnet-4-5 → sim/kimi-k2.6")).toBeVisible()
  await expect(details.getByText("claude-to-k2")).not.toHaveCount(0)
  // 6,000 fresh and 4,000 cached tokens in, 500 out: 0.00545 at Kimi's price, 0.0267 at Claude's.
  await expect(details.getByText("$0.0055")).toBeVisible()
  await expect(details.getByText("$0.0267")).toBeVisible()
  const tokens = details.getByRole("table", { name: "Tokens" })
  await expect(tokens.getByRole("cell")).toHaveText(["10K", "4,000", "0", "500", "0"])
  await expect(details.getByText("sim/kimi-k2.6 answered as the first choice.")).toBeVisible()
  await expect(details.getByText(id)).toBeVisible()
  await expectAccessible(page)
  await page.reload()
  await expect(details.getByText(id)).toBeVisible()
  await page.keyboard.press("Escape")
  await expect(details).toHaveCount(0)
})

test("the overview shows what was saved, and every number leads to its requests", async ({
  page,
  product,
}) => {
  await signIn(page, product)
  await expect(page.getByText(/You spent .* instead of .* and saved/)).toBeVisible()
  await expect(page.locator(".recharts-bar-rectangle path").first()).toBeVisible()
  await expectAccessible(page)
  await page.getByText("Show as a table").click()
  await page.locator("details table a").first().click()
  await expect(page.getByRole("heading", { level: 1, name: "Requests" })).toBeVisible()
  expect(page.url()).toContain("from=")
  await expect(page.locator("main a[href*='/requests/']")).not.toHaveCount(0)
})
