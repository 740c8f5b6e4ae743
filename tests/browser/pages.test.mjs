// Every page, in every state that the demo seeds: no fault in the console, none of the security policy, nothing asked of another origin, no
// scrolling sideways, nothing that axe-core finds; on a phone in light, on a desk in dark.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VARIANTS, awake, check, newPage, openAccount, openConsole } from "./kept.mjs";
import { CONSOLE_PAGES, DEBTOR_PAGES, findChanges, findLeads } from "./pages.mjs";
import { kept } from "./shared.mjs";

/** Where every page behind the question is looked at, not only the account and what it leads to. */
const WHOLE = new Set(["overdue", "plan-running", "everything-disputed", "payment-confirming", "paid-up", "two-currencies", "late-charge"]);
/** What the other ways of loading a page are looked at with. */
const SOME = new Set(["overdue", "plan-missed", "two-currencies", "link-expired"]);

for (const variant of VARIANTS) {
  test(`the debtor's pages, ${variant.name}`, { concurrency: 2 }, async (t) => {
    const { demo, browser } = await kept();
    assert.ok(demo.links.size > 0, "the demo printed no link");
    const first = variant === VARIANTS[0];
    const links = [...demo.links].filter(([situation]) => first || SOME.has(situation));
    await Promise.all(links.map(([situation, link]) => t.test(situation, () => lookAt(demo, browser, variant, situation, link, first))));
  });
}

async function lookAt(demo, browser, variant, situation, link, both) {
  const page = await newPage(browser, { origin: demo.origin, ...variant });
  try {
    await page.goto(link);
    // The question looks the same for all who have it.
    if (WHOLE.has(situation) || !demo.answers.has(situation)) await check(page, "the gate");
    if (both && (situation === "overdue" || situation === "link-expired")) await checkDark(page, "the gate");
    if (!demo.answers.has(situation)) return;
    await openAccount(page, demo, situation);
    await awake(page);
    const leads = await findLeads(page);
    for (const path of new Set(["/account", ...leads, ...(WHOLE.has(situation) || !both ? DEBTOR_PAGES : [])])) {
      await page.goto(demo.origin + path);
      await awake(page);
      await check(page, path);
      if (both && (path === "/account" || situation === "overdue")) await checkDark(page, path);
      for (const change of path.startsWith("/account/agreements/") ? await findChanges(page) : []) {
        await page.goto(demo.origin + change);
        await check(page, change);
      }
    }
  } finally {
    await page.closeAll();
  }
}

/** The same page on a desk in the dark. */
async function checkDark(page, what) {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "dark" });
  await check(page, `${what}, wide and dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(size);
}

test("the page that stops reminders", async () => {
  const { demo, browser } = await kept();
  const page = await newPage(browser, { origin: demo.origin });
  try {
    await page.goto(`${demo.origin}/u/whatever`);
    await check(page, "before");
    await checkDark(page, "before");
    await page.locator("main button").click();
    await check(page, "after");
    await checkDark(page, "after");
  } finally {
    await page.closeAll();
  }
});

test("the console's pages", { concurrency: 2 }, async (t) => {
  const { demo, browser } = await kept();
  const page = await newPage(browser, { origin: demo.origin });
  let cookies;
  const paths = new Set(CONSOLE_PAGES);
  try {
    await page.goto(demo.console.url);
    await check(page, "sign-in");
    await checkDark(page, "sign-in");
    await openConsole(page, demo);
    cookies = await page.context().cookies();
    // One of everything that the lists lead to, and a few more.
    for (const list of ["calls", "commitments", "disputes", "debtors"]) {
      await page.goto(`${demo.origin}/console/${list}`);
      const leads = await page.locator(`main a[href^="/console/${list}/"]`).evaluateAll((links) => links.map((link) => link.getAttribute("href")));
      for (const path of [...new Set(leads)].slice(0, 6)) paths.add(path);
    }
    // What each customer's page leads to.
    for (const debtor of [...paths].filter((path) => path.startsWith("/console/debtors/")).slice(0, 3)) {
      for (const end of ["statement", "statement?as_of=soon", "write-offs", "late-charges", "money-back"]) paths.add(`${debtor}/${end}`);
      await page.goto(demo.origin + debtor);
      const payments = await page.locator('main a[href*="/payments/"]').evaluateAll((links) => links.map((link) => link.getAttribute("href")));
      for (const path of payments.slice(0, 1)) paths.add(path);
    }
    // Letters that wait, and what is there once their batch is closed; on a weekend none is written.
    await page.goto(`${demo.origin}/console/letters`);
    const close = page.getByRole("button", { name: "Close the batch" });
    if (await close.isVisible()) {
      await check(page, "letters that wait");
      await checkDark(page, "letters that wait");
      await close.click();
      await page.waitForURL(/done=letters/);
    }
    for (const path of ["/console/commitments?page=99", "/console/debtors?q=nobody-of-this-name", "/console/no-such-page", "/console/debtors/no-such-debtor"]) paths.add(path);
  } finally {
    await page.closeAll();
  }
  await Promise.all(
    [...paths].map((path) =>
      t.test(path.replace(/[0-9a-f]{8}-[0-9a-f-]+/, "…"), async () => {
        const page = await newPage(browser, { origin: demo.origin });
        try {
          await page.context().addCookies(cookies);
          await page.goto(demo.origin + path);
          await awake(page);
          await check(page, path);
          await checkDark(page, path);
        } finally {
          await page.closeAll();
        }
      }),
    ),
  );
});
