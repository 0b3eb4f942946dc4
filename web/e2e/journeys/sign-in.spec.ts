import { createHmac } from "node:crypto"
import type { Page } from "@playwright/test"
import { claim, expect, expectAccessible, PERSON, test } from "../support/journey"

test.describe.configure({ mode: "serial" })
test.use({ file: "sign-in" })

/** Return what an authenticator app shows `ahead` steps of 30 s from now (RFC 6238). */
function codeOf(secret: string, ahead = 0): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
  const bits = [...secret.replace(/\s/g, "")]
    .map((character) => alphabet.indexOf(character).toString(2).padStart(5, "0"))
    .join("")
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const digest = createHmac("sha1", key).update(step).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0")
}

async function firstStep(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/sign-in`)
  await page.getByLabel("E-mail").fill(PERSON.email)
  await page.getByLabel("Password").fill(PERSON.password)
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(page.getByRole("heading", { name: "One more step" })).toBeVisible()
}

test("an authenticator app and a recovery code each let the person in once", async ({
  page,
  product,
  browser,
}) => {
  // Axe looks at five screens.
  test.slow()
  await claim(page, product)
  await page.goto(`${product.url}/account`)
  await page.getByRole("button", { name: "Set up an authenticator app" }).click()
  const dialog = page.getByRole("dialog")
  await expect(dialog.getByAltText("QR code for the authenticator app")).toBeVisible()
  const secret = (await dialog.locator("code").textContent()) ?? ""
  await expectAccessible(page)
  const used = codeOf(secret)
  await dialog.getByLabel("Code").fill(used)
  await dialog.getByRole("button", { name: "Turn on" }).click()
  await expect(dialog.getByRole("heading", { name: "Your recovery codes" })).toBeVisible()
  const codes = await dialog.getByRole("listitem").allTextContents()
  expect(codes).toHaveLength(10)
  await expectAccessible(page)
  await dialog.getByRole("button", { name: "I have kept them" }).click()
  await expect(page.getByText("10 recovery codes are left.")).toBeVisible()
  await expectAccessible(page)

  const elsewhere = await browser.newContext()
  const other = await elsewhere.newPage()
  await firstStep(other, product.url)
  await expectAccessible(other)
  await other.getByLabel("Code").fill(used)
  await other.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(other.getByText(/The code is wrong/)).toBeVisible()
  await other.getByLabel("Code").fill(codeOf(secret, 1))
  await other.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(other.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()

  await other.context().clearCookies()
  await firstStep(other, product.url)
  await other.getByRole("button", { name: "Use a recovery code" }).click()
  await other.getByLabel("Recovery code").fill(codes[0] ?? "")
  await other.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(other.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
  await other.goto(`${product.url}/account`)
  await expect(other.getByText("9 recovery codes are left.")).toBeVisible()
  await elsewhere.close()

  await page.getByRole("button", { name: "Remove" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click()
  await expect(page.getByRole("button", { name: "Set up an authenticator app" })).toBeVisible()
})

test("a passkey alone lets the person in", async ({ page, product }) => {
  // Passkeys belong to a name; without a public address to this very machine's.
  const url = product.url.replace("127.0.0.1", "localhost")
  const devices = await page.context().newCDPSession(page)
  await devices.send("WebAuthn.enable")
  const { authenticatorId } = await devices.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  })
  await claim(page, product)
  await page.goto(`${product.url}/account`)
  await expect(page.getByText(`Passkeys work at ${url}`)).toBeVisible()

  await page.goto(`${url}/sign-in`)
  await page.getByLabel("E-mail").fill(PERSON.email)
  await page.getByLabel("Password").fill(PERSON.password)
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
  await page.goto(`${url}/account`)
  await page.getByLabel("Name of the passkey").fill("Desk")
  await page.getByRole("button", { name: "Add a passkey" }).click()
  await expect(page.getByRole("button", { name: "Remove the passkey Desk" })).toBeVisible()
  await expectAccessible(page)

  await page.context().clearCookies()
  await page.goto(`${url}/sign-in`)
  await expectAccessible(page)
  await page.getByRole("button", { name: "Sign in with a passkey" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible()
  await page.goto(`${url}/sessions`)
  await expect(page.getByText(/by passkey/)).toBeVisible()

  await page.goto(`${url}/account`)
  await page.getByRole("button", { name: "Remove the passkey Desk" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click()
  await expect(page.getByText("No passkey yet.")).toBeVisible()
  await page.context().clearCookies()
  await page.goto(`${url}/sign-in`)
  await page.getByRole("button", { name: "Sign in with a passkey" }).click()
  await expect(page.getByText("This passkey does not sign anybody in here.")).toBeVisible()
  await devices.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId })
})

test("a dangerous action asks who it is and then goes on by itself", async ({ page, product }) => {
  await claim(page, product)
  await page.goto(`${product.url}/account`)
  let asked = 0
  // As if the sign-in were more than ten minutes ago.
  await page.route("**/api/v1/factors/totp", async (route) => {
    asked += 1
    if (asked > 1) return route.fallback()
    await route.fulfill({
      status: 403,
      contentType: "application/problem+json",
      body: JSON.stringify({ code: "identity.confirmation_needed", detail: "Confirm." }),
    })
  })
  await page.getByRole("button", { name: "Set up an authenticator app" }).click()
  const dialog = page.getByRole("dialog", { name: "Is it you?" })
  await expectAccessible(page)
  await dialog.getByLabel("Password").fill("not the password")
  await dialog.getByRole("button", { name: "Confirm" }).click()
  await expect(dialog.getByText(/nothing was confirmed/)).toBeVisible()
  await dialog.getByLabel("Password").fill(PERSON.password)
  await dialog.getByRole("button", { name: "Confirm" }).click()
  await expect(page.getByAltText("QR code for the authenticator app")).toBeVisible()
  expect(asked).toBe(2)
})
