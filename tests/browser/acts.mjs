// What a person does on the pages, as the walks tell it.
import assert from "node:assert/strict";
import { awake, check } from "./kept.mjs";

/** The date so many days from now, as a date field takes it. */
export function day(fromNow) {
  return new Date(Date.now() + fromNow * 86_400_000).toISOString().slice(0, 10);
}

/** A file that is a PDF by its content. */
export const PDF = { name: "proof of payment.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n") };

/** Waits for the page with this heading, and looks at it in every way. */
export async function see(page, heading) {
  await arrive(page, heading);
  await check(page, `“${heading}”`);
}

/** Waits for the page with this heading. */
export async function arrive(page, heading) {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor().catch(async () => {
    throw new Error(`no “${heading}” but “${await page.locator("h1").allTextContents()}” at ${page.url()}\n${await page.locator("main").innerText()}`);
  });
  await awake(page);
}

/** The page says this. */
export async function says(page, words) {
  const text = (await page.locator("main").innerText()).replaceAll(/\s+/g, " ");
  assert.ok(words instanceof RegExp ? words.test(text) : text.includes(words), `the page does not say ${words}:\n${text}`);
}

/** Presses the button with this name. */
export async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

/** Follows the link with this name. */
export async function follow(page, name) {
  await page.getByRole("link", { name }).first().click();
}

/** Goes to a page of the account. */
export async function go(page, demo, path, heading) {
  await page.goto(demo.origin + path);
  await arrive(page, heading);
}

/** The form came back with what is wrong: the title says so, the summary has the focus and its first link leads to the field. */
export async function seeMistake(page, words) {
  const summary = page.locator(".error-summary, [role=alert]").first();
  await summary.waitFor();
  await says(page, words);
  assert.match(await page.title(), /^Error: /);
  const link = summary.getByRole("link").first();
  const field = page.locator(`[id="${(await link.getAttribute("href")).slice(1)}"]`);
  assert.equal(await field.count(), 1, "the summary leads to a field");
  if (page.variant.js) {
    await page.waitForFunction(() => document.activeElement?.closest(".error-summary, [role=alert]"), null, { timeout: 3_000 });
    await link.click();
    assert.ok(await field.evaluate((element) => element === document.activeElement), "the link moves the focus to the field");
  }
  await check(page, `the mistake “${words}”`);
}

/** Fills in the form of a plan. */
export async function typePlan(page, { amount, count, frequency = "monthly", first = 10 }) {
  await page.locator(`input[name=by][value=${amount ? "amount" : "count"}]`).check();
  await page.locator(`input[name=${amount ? "amount" : "count"}]`).fill(String(amount ?? count));
  await page.locator(`input[name=frequency][value=${frequency}]`).check();
  await page.locator("input[name=first_on]").fill(day(first));
}

/** How many agreements and proposals the account shows. */
export async function countAgreements(page, demo) {
  await go(page, demo, "/account", "Your account");
  return page.locator('a[href^="/account/agreements/"]').count();
}
