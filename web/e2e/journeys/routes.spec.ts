import type { Page } from "@playwright/test"
import { expect, expectAccessible, makeKey, PERSON, signIn, test } from "../support/journey"
import type { Product } from "../support/product"

test.use({ file: "routes" })
test.describe.configure({ mode: "serial" })

/** What the server keeps of the stored route of a name; undefined when there is none. */
async function stored(
  page: Page,
  product: Product,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  const answer = await page.request.get(`${product.url}/api/v1/routes`)
  const { items } = (await answer.json()) as {
    items: { name: string; definition: Record<string, unknown> }[]
  }
  return items.find((one) => one.name === name)?.definition
}

const choose = async (page: Page, field: string, option: string | RegExp) => {
  await page.getByRole("dialog").getByLabel(field, { exact: true }).click()
  await page.getByRole("option", { name: option }).first().click()
}

test("a route with an experiment, guardrails and a cache is made in the form, and undone", async ({
  page,
  product,
}) => {
  await page.goto(product.signInLink)
  await page.getByLabel("E-mail").fill(PERSON.email)
  await page.getByLabel("New password").fill(PERSON.password)
  await page.getByRole("button", { name: "Save and go on" }).click()
  await expect(page.getByRole("heading", { level: 1, name: "Get started" })).toBeVisible()
  await page.goto(`${product.url}/routes`)
  await page.getByRole("button", { name: "Add a route" }).click()
  const form = page.getByRole("dialog")
  await form.getByRole("button", { name: "Save" }).click()
  await expect(form.getByText("3 fields need attention.")).toBeVisible()
  await form.getByLabel("Name", { exact: true }).fill("tried")
  await form.getByLabel("Model asked for").fill("try-*")
  await form.getByLabel("Only when (CEL, optional)").fill("stream &&\n  tokns > 1")
  await choose(page, "Models, in order", "kimi-k2")
  await form.getByRole("switch", { name: "Run an experiment" }).check()
  await form.getByLabel("Name of the experiment").fill("trial")
  const arm = form.getByRole("group", { name: "Arm b" })
  await arm.getByLabel("Weight").fill("3")
  await expect(arm.getByText("75% of requests")).toBeVisible()
  await form.getByRole("switch", { name: "Guard what leaves" }).check()
  await choose(page, "Say otherwise for a kind", "email")
  await choose(page, "email", "Ignore it")
  await form.getByRole("switch", { name: "Give answers again" }).check()
  await form.getByLabel("Keep answers for").fill("30")
  await choose(page, "Unit", "minutes")
  await form.getByRole("switch", { name: "Mark prompts" }).check()
  await expectAccessible(page)
  await form.getByRole("button", { name: "Save" }).click()
  await expect(
    form.getByText("Line 2, column 3: undeclared reference to 'tokns'. Did you mean tokens?"),
  ).toBeVisible()
  await form.getByLabel("Only when (CEL, optional)").fill("tokens > 1")
  await form.getByRole("button", { name: "Save" }).click()
  await expect(form).toBeHidden()
  expect(await stored(page, product, "tried")).toEqual({
    name: "tried",
    match: { model: "try-*", when: "tokens > 1" },
    use: ["kimi-k2"],
    split: { name: "trial", arms: [{ name: "a" }, { name: "b", weight: 3 }] },
    guardrails: { secrets: "mask", kinds: { email: "ignore" } },
    cache: { max_age_seconds: 1800 },
    prompt_cache: true,
  })
  await page.getByRole("button", { name: "Undo" }).click()
  await expect(page.getByText("Experiment trial")).toBeHidden()
  expect(await stored(page, product, "tried")).toBeUndefined()
})

test("a change of a stored route keeps what was not touched, and can be undone", async ({
  page,
  product,
}) => {
  await signIn(page, product)
  const csrf = (
    (await (await page.request.get(`${product.url}/api/v1/session`)).json()) as { csrf_token: string }
  ).csrf_token
  const before = {
    name: "kept",
    match: { model: "keep-*" },
    use: ["kimi-k2"],
    policy: "weighted",
    weights: { "kimi-k2": 2, "sim/kimi-k2.6": 0.5 },
    cache: { semantic: true, similarity: 0.8, max_answer_bytes: 5000 },
    guardrails: { personal_data: "record", injection: "refuse", injection_threshold: 0.4 },
    continue_streams: true,
  }
  const made = await page.request.post(`${product.url}/api/v1/routes`, {
    data: before,
    headers: { "x-csrf-token": csrf },
  })
  expect(made.status()).toBe(201)
  await page.goto(`${product.url}/routes`)
  await page.getByRole("button", { name: "Change kept" }).click()
  await page.getByRole("dialog").getByLabel("Model asked for").fill("kept-*")
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click()
  await expect(page.getByRole("dialog")).toBeHidden()
  expect(await stored(page, product, "kept")).toEqual({ ...before, match: { model: "kept-*" } })
  await page.getByRole("button", { name: "Undo" }).click()
  await expect(page.getByText("keep-*")).toBeVisible()
  expect(await stored(page, product, "kept")).toEqual(before)
})

test("a request is tried for a key, and said why in the reader's language", async ({ page, product }) => {
  await signIn(page, product)
  await makeKey(page, product, "narrow")
  await page.goto(`${product.url}/routes`)
  await page.getByLabel("For the gateway key").click()
  await page.getByRole("option", { name: /narrow/ }).click()
  await page.getByRole("button", { name: "Show the decision" }).click()
  await expect(page.getByText("Route claude-to-k2 sends claude-* to kimi-k2.")).toBeVisible()
  await expectAccessible(page)
})
