import { type Browser, devices, type Locator, type Page } from "@playwright/test"
import { claim, expect, expectAccessible, test } from "../support/journey"
import type { Product } from "../support/product"

test.describe.configure({ mode: "serial" })
test.use({ file: "approvals" })

interface Asked {
  readonly id: string
  readonly state: string
  readonly arguments: { readonly command: string }
  readonly original_arguments: { readonly command: string } | null
}

/** Make a key that may ask and nothing else, and return what an agent with it does. */
async function agentOf(page: Page, product: Product, name: string) {
  const session = await (await page.request.get(`${product.url}/api/v1/session`)).json()
  const made = await page.request.post(`${product.url}/api/v1/api-keys`, {
    data: { name, scopes: ["approvals:request"] },
    headers: { "x-csrf-token": session.csrf_token },
  })
  expect(made.ok(), await made.text()).toBe(true)
  const { token } = await made.json()
  const call = async (path: string, body?: unknown): Promise<Asked> => {
    const answer = await fetch(`${product.url}/api/v1/approvals${path}`, {
      method: body ? "POST" : "GET",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body ? JSON.stringify(body) : undefined,
    })
    expect(answer.ok, await answer.clone().text()).toBe(true)
    return (await answer.json()) as Asked
  }
  return {
    ask: (command: string) =>
      call("", { tool: "Bash", arguments: { command }, cwd: "/home/ada/shop", agent: "claude-code" }),
    /** Waits as an agent does, for at most ten seconds. */
    outcome: (asked: Asked) => call(`/${asked.id}?wait_seconds=10`),
  }
}

/** Press a button; a press that came too soon after something moved counts for nothing, and is repeated. */
async function pressUntilGone(button: Locator, gone: Locator): Promise<void> {
  await expect(async () => {
    if (await button.isVisible()) await button.click({ timeout: 2_000 })
    await expect(gone).toHaveCount(0, { timeout: 2_000 })
  }).toPass()
}

/** Open the inbox as the same person in another window. */
async function inboxOf(browser: Browser, page: Page, product: Product, phone: boolean): Promise<Page> {
  const { defaultBrowserType: _, ...pixel } = devices["Pixel 7"] ?? { defaultBrowserType: "chromium" }
  const context = await browser.newContext({
    ...(phone ? pixel : { viewport: { width: 1440, height: 900 } }),
    storageState: await page.context().storageState(),
    locale: "en",
    reducedMotion: "reduce",
  })
  const opened = await context.newPage()
  await opened.goto(`${product.url}/approvals`)
  await expect(opened.getByRole("heading", { level: 1, name: "Approvals" })).toBeVisible()
  // What happens from now on arrives by itself.
  await expect(opened.getByRole("banner").getByText("Live", { exact: true })).toBeVisible()
  return opened
}

test("agents ask, and a person denies on a phone, agrees by one key, and changes before agreeing", async ({
  browser,
  page,
  product,
}) => {
  // Axe looks at several screens.
  test.slow()
  await claim(page, product)
  const agent = await agentOf(page, product, "laptop")
  const desktop = await inboxOf(browser, page, product, false)
  const phone = await inboxOf(browser, page, product, true)
  await expect(desktop.getByText("Nothing waits for you")).toBeVisible()
  await expect(desktop.getByText("powerautomation connect claude-code")).toBeVisible()
  await expectAccessible(phone)

  // It appears by itself, and is denied on the phone.
  const first = await agent.ask("git push origin first")
  await expect(desktop.getByRole("link", { name: "Bash: git push origin first" })).toBeVisible()
  await expect(desktop).toHaveTitle(/^\(1\) /)
  await expect(desktop.getByRole("img", { name: "1 request waits for an answer" })).toBeVisible()
  const deny = phone.getByRole("button", { name: "Deny Bash: git push origin first" })
  await expect(deny).toBeVisible()
  expect((await deny.boundingBox())?.height).toBeGreaterThanOrEqual(44)
  await expectAccessible(phone)
  // What has just moved under a finger is not pressed yet: the press counts once it stands still.
  await pressUntilGone(deny, deny)
  expect((await agent.outcome(first)).state).toBe("denied")
  await expect(desktop.getByText("Nothing waits for you")).toBeVisible()

  // Agreed to by one key, with no mouse at all.
  const second = await agent.ask("git push origin second")
  const row = desktop.getByRole("link", { name: "Bash: git push origin second" })
  await expect(row).toBeVisible()
  await desktop.keyboard.press("j")
  await expect(row).toBeFocused()
  await expectAccessible(desktop)
  await desktop.keyboard.press("a")
  await expect(row).toHaveCount(0)
  expect((await agent.outcome(second)).state).toBe("approved")

  // Changed, then agreed to: the agent is given the change.
  const third = await agent.ask("npm install left-pad")
  const install = desktop.getByRole("link", { name: "Bash: npm install left-pad" })
  await expect(install).toBeVisible()
  await desktop.keyboard.press("j")
  await expect(install).toBeFocused()
  await desktop.keyboard.press("e")
  const drawer = desktop.getByRole("dialog", { name: "Bash asks" })
  const command = drawer.getByLabel("Command instead")
  await expect(command).toBeFocused()
  await expect(drawer.getByRole("region", { name: "Why this level" })).toContainText(
    "installs what others wrote",
  )
  // Letters that are typed answer nothing.
  await command.fill("npm install left-pad --ignore-scripts")
  await command.press("a")
  await command.press("Backspace")
  await expectAccessible(desktop)
  await drawer.getByRole("button", { name: "Approve with changes" }).click()
  await expect(drawer).toHaveCount(0)
  const changed = await agent.outcome(third)
  expect(changed.state).toBe("approved")
  expect(changed.arguments.command).toBe("npm install left-pad --ignore-scripts")
  expect(changed.original_arguments?.command).toBe("npm install left-pad")

  // What is critical is not agreed to in passing: it opens, and wants a reason.
  const fourth = await agent.ask("rm -rf /home/somebody")
  const remove = desktop.getByRole("link", { name: "Bash: rm -rf /home/somebody" })
  await expect(remove).toBeVisible()
  await desktop.keyboard.press("j")
  await expect(remove).toBeFocused()
  await desktop.keyboard.press("a")
  const reason = drawer.getByLabel("Reason")
  await expect(reason).toBeFocused()
  await drawer.getByRole("button", { name: "Approve" }).click()
  await expect(drawer.getByText("A yes to this needs a reason.")).toBeVisible()
  await pressUntilGone(drawer.getByRole("button", { name: "Deny" }), drawer)
  expect((await agent.outcome(fourth)).state).toBe("denied")

  // One key stops everything automatic, and the page says so.
  await desktop.keyboard.press("Shift+S")
  await expect(desktop.getByRole("group", { name: "Automatic answers" })).toContainText("Stopped by")
  await expect(phone.getByRole("group", { name: "Automatic answers" })).toContainText("Stopped by")

  // What became of all of them.
  await desktop.getByRole("button", { name: "Ended" }).click()
  const ended = desktop.getByRole("list", { name: "Requests so far" })
  await expect(ended.getByRole("listitem").filter({ hasText: "git push origin first" })).toContainText(
    "Denied",
  )
  await expect(ended.getByRole("listitem").filter({ hasText: "git push origin second" })).toContainText(
    "Approved",
  )
  await expectAccessible(desktop)
  await desktop.context().close()
  await phone.context().close()
})
