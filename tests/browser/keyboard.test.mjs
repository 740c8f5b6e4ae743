// With the keyboard alone, and in two tabs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, countAgreements, go, press, typePlan } from "./acts.mjs";
import { newPage, openAccount } from "./kept.mjs";
import { another } from "./shared.mjs";

/** Goes on with Tab until what has the focus is this; each stop on the way can be seen. */
async function tabTo(page, wanted) {
  for (let stops = 0; stops < 60; stops += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate((selector) => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const visible = (node) => {
        const style = getComputedStyle(node);
        return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
      };
      // The calendar's button inside a date field is the browser's own, with a ring of its own.
      const inside = element.matches("input[type=date]:not(:focus-visible)");
      return { found: element.matches(selector), seen: inside || visible(element) || [...element.children].some(visible) || visible(element.parentElement), html: element.outerHTML.slice(0, 120) };
    }, wanted);
    if (!focus) continue;
    assert.ok(focus.seen, `the focus can be seen on ${focus.html}`);
    if (focus.found) return;
  }
  throw new Error(`Tab does not lead to ${wanted} at ${page.url()}`);
}

/** The next page after a key. */
async function enter(page, heading) {
  await page.keyboard.press("Enter");
  await arrive(page, heading);
}

for (const js of [true, false]) {
  test(`a plan from link to agreement by keyboard ${js ? "with" : "without"} JavaScript`, async () => {
    const { demo, browser } = await another("keyboard");
    const page = await newPage(browser, { origin: demo.origin, js });
    const situation = js ? "overdue" : "company";
    page.setDefaultTimeout(15_000);
    try {
      await page.goto(demo.links.get(situation));
      await tabTo(page, "input[name=answer]");
      await page.keyboard.type(demo.answers.get(situation));
      await enter(page, "Your account");
      await tabTo(page, 'a[href="/account/plan"]');
      await enter(page, "Pay in instalments");
      await tabTo(page, "input[name=by]");
      // Arrows choose among radio buttons; the way by number is the second.
      const chosen = () => page.evaluate(() => document.querySelector("input[name=by]:checked")?.value);
      if ((await chosen()) !== "count") await page.keyboard.press("ArrowDown");
      assert.equal(await chosen(), "count");
      await tabTo(page, "input[name=count]");
      await page.keyboard.press("Control+A");
      await page.keyboard.type("4");
      await tabTo(page, "input[name=first_on]");
      // One day later; whether the day or the month comes first is the browser's choice.
      const first = () => page.locator("input[name=first_on]").inputValue();
      const before = await first();
      await page.keyboard.press("ArrowUp");
      if ((await first()).slice(5, 7) !== before.slice(5, 7)) {
        for (const key of ["ArrowDown", "ArrowRight", "ArrowUp"]) await page.keyboard.press(key);
      }
      assert.notEqual(await first(), before);
      await tabTo(page, "main form#plan button.button");
      await enter(page, "Check before you agree");
      await tabTo(page, "main form button.button");
      await enter(page, "Your agreement");
      assert.deepEqual(page.faults, []);
    } finally {
      await page.closeAll();
    }
  });
}

test("two tabs, two plans, one agreement", async () => {
  const { demo, browser } = await another("keyboard");
  const page = await newPage(browser, { origin: demo.origin });
  page.setDefaultTimeout(15_000);
  try {
    await openAccount(page, demo, "part-paid");
    const other = await page.context().newPage();
    other.variant = page.variant;
    for (const [tab, count] of [[page, 3], [other, 5]]) {
      await go(tab, demo, "/account/plan", "Pay in instalments");
      await typePlan(tab, { count, first: 10 });
      await press(tab, "Continue");
      await arrive(tab, "Check before you agree");
    }
    await Promise.all([page, other].map((tab) => press(tab, "Agree to these payments")));
    await Promise.all([page, other].map((tab) => tab.waitForLoadState()));
    await page.waitForTimeout(1000);
    assert.equal(await countAgreements(page, demo), 1);
  } finally {
    await page.closeAll();
  }
});
