import AxeBuilder from "@axe-core/playwright"
import { test as base, expect, type Page } from "@playwright/test"
import { type Product, startProduct } from "./product"

export const PERSON = { email: "ada@example.com", password: "seven quiet owls over the harbour" }

/** Journeys of one file share a server that starts empty. */
export const test = base.extend<object, { file: string; product: Product }>({
  // Another value means another worker, so another server.
  file: ["", { option: true, scope: "worker" }],
  product: [
    async ({ file: _ }, use) => {
      const product = await startProduct()
      await use(product)
      await product.stop()
    },
    { scope: "worker", timeout: 60_000 },
  ],
})

export { expect }

/** Sign in without the form; the first time, claim the account of a server that nobody has claimed yet. */
export async function claim(page: Page, product: Product): Promise<void> {
  const signedIn = await page.request.post(`${product.url}/api/v1/session`, { data: PERSON })
  if (signedIn.ok()) return
  await page.goto(product.signInLink)
  await page.getByLabel("E-mail").fill(PERSON.email)
  await page.getByLabel("New password").fill(PERSON.password)
  await page.getByRole("button", { name: "Save and go on" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Get started" })).toBeVisible()
}

/** Sign in with the password that the first journey has set. */
export async function signIn(page: Page, product: Product): Promise<void> {
  await page.goto(`${product.url}/sign-in`)
  await page.getByLabel("E-mail").fill(PERSON.email)
  await page.getByLabel("Password").fill(PERSON.password)
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
}

/** Make a gateway key in the console and return it. */
export async function makeKey(page: Page, product: Product, name: string): Promise<string> {
  await page.goto(`${product.url}/api-keys?create=true`)
  await page.getByLabel("Name", { exact: true }).fill(name)
  await page.getByRole("button", { name: "Make the key" }).click()
  const token = await page.locator("code", { hasText: /^pa_[\w-]{20,}$/ }).textContent()
  if (!token) throw new Error("no key is shown")
  return token
}

/** Send what Claude Code would send, and wait for the whole answer. */
export async function askClaude(
  product: Product,
  token: string,
  model = "claude-sonnet-4-5",
): Promise<string> {
  const answer = await fetch(`${product.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": token },
    body: JSON.stringify({ model, max_tokens: 100, messages: [{ role: "user", content: "Hello" }] }),
  })
  expect(answer.status, await answer.clone().text()).toBe(200)
  const id = answer.headers.get("x-request-id")
  if (!id) throw new Error("the answer has no x-request-id")
  return id
}

/** Nothing serious for people who use a keyboard, a screen reader or strong contrast; nothing wider than the screen. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze()
  expect(
    violations.map(
      (violation) => `${violation.id}: ${violation.nodes.map((node) => node.target).join(", ")}`,
    ),
  ).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
}
