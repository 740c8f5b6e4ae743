// Every page, in every state that the demo seeds, looked at in every way: no fault in the console, none of the security policy, nothing asked of
// another origin, no scrolling sideways, nothing that axe-core finds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VARIANTS, awake, check, newPage, openAccount, openConsole } from "./kept.mjs";
import { CONSOLE_PAGES, DEBTOR_PAGES } from "./pages.mjs";
import { kept } from "./shared.mjs";

for (const variant of VARIANTS) {
  test(`the debtor's pages, ${variant.name}`, { concurrency: 2 }, async (t) => {
    const { demo, browser } = await kept();
    assert.ok(demo.links.size > 0, "the demo printed no link");
    const looks = [...demo.links].map(([situation, link]) => t.test(situation, () => lookAt(demo, browser, variant, situation, link)));
    await Promise.all(looks);
  });
}

async function lookAt(demo, browser, variant, situation, link) {
  const page = await newPage(browser, { origin: demo.origin, ...variant });
  try {
    await page.goto(link);
    await check(page, "the gate");
    if (!demo.answers.has(situation)) return;
    await openAccount(page, demo, situation);
    for (const path of DEBTOR_PAGES) {
      await page.goto(demo.origin + path);
      await awake(page);
      await check(page, path);
    }
  } finally {
    await page.closeAll();
  }
}

for (const width of [360, 1280]) {
  for (const dark of [false, true]) {
    test(`the console's pages at ${width} px, ${dark ? "dark" : "light"}`, async () => {
      const { demo, browser } = await kept();
      const page = await newPage(browser, { origin: demo.origin, width, dark });
      try {
        await page.goto(demo.console.url);
        await check(page, "sign-in");
        await openConsole(page, demo);
        for (const path of CONSOLE_PAGES) {
          await page.goto(demo.origin + path);
          await awake(page);
          await check(page, path);
        }
      } finally {
        await page.closeAll();
      }
    });
  }
}
