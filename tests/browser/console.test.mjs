// What the business does in its console, in a real browser; and that a debtor's agreement appears on an open page without reloading.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PDF, arrive, day, follow, go, press, says, see, typePlan } from "./acts.mjs";
import { awake, check, newPage, openAccount, openConsole } from "./kept.mjs";
import { another } from "./shared.mjs";

test("the business, in its console", { concurrency: 2 }, async (t) => {
  const { demo, browser } = await another("console");
  const state = async (look) => {
    const page = await newPage(browser, { origin: demo.origin, ...look });
    page.setDefaultTimeout(15_000);
    return page;
  };
  const signedIn = await state({});
  await openConsole(signedIn, demo);
  const cookies = await signedIn.context().cookies();
  await signedIn.closeAll();
  const acts = ACTS.map(([what, look, act]) =>
    t.test(what, async () => {
      const page = await state(look);
      try {
        // Signing in is slow on purpose, and so it is done once.
        await page.context().addCookies(cookies);
        await act(page, demo, browser);
        assert.deepEqual(page.faults, []);
      } finally {
        await page.closeAll();
      }
    }),
  );
  await Promise.all(acts);
});

const PHONE = { width: 360 };
const DESK = { width: 1280 };
const DARK = { width: 1280, dark: true };
const NO_SCRIPT = { width: 360, js: false };

/** From a list to the page of somebody's latest commitment or dispute. */
async function open(page, demo, list, who) {
  await page.goto(`${demo.origin}/console/${list}`);
  await awake(page);
  await page.locator("tr", { hasText: who }).locator(`a[href^="/console/${list}/"]`).first().click();
  await page.waitForURL(`**/console/${list}/*`);
  await awake(page);
}

/** The page of a debtor. */
async function openDebtor(page, demo, who) {
  await page.goto(`${demo.origin}/console/debtors?q=${encodeURIComponent(who)}`);
  await page.locator('a[href^="/console/debtors/"]', { hasText: who }).first().click();
  await arrive(page, who);
}

/** A form came back with what is wrong. */
async function wrong(page, words) {
  await page.locator(".errors").waitFor();
  assert.match(await page.title(), /^Error: /);
  await says(page, words);
  await check(page, `the mistake “${words}”`);
}

const ACTS = [
  ["signs in, wrongly and rightly, and out", PHONE, async (page, demo) => {
    await page.context().clearCookies();
    await page.goto(`${demo.origin}/console`);
    await see(page, "Sign in");
    await page.locator("input[name=email]").fill(demo.console.login);
    await page.locator("input[name=password]").fill("not the password");
    await press(page, "Sign in");
    await wrong(page, /./);
    await openConsole(page, demo);
    await arrive(page, "Today");
    await page.getByRole("button", { name: /sign out/i }).first().click();
    await see(page, "Sign in");
  }],
  ["declines a proposal with a reason", NO_SCRIPT, async (page, demo, browser) => {
    // Somebody who has not asked for anything yet asks for too much.
    const debtor = await newPage(browser, { origin: demo.origin, js: false });
    try {
      await openAccount(debtor, demo, "on-hold");
      await go(debtor, demo, "/account/plan", "Pay in instalments");
      await typePlan(debtor, { count: 31, first: 20 });
      await press(debtor, "Continue");
      await follow(debtor, "Send mine to be decided");
      await debtor.locator("form[action='/account/plan/check'] button").click();
      await arrive(debtor, "Your proposal");
    } finally {
      await debtor.closeAll();
    }
    await open(page, demo, "commitments", "Oliver Grant");
    await check(page, "a proposal");
    await page.locator("summary", { hasText: /^Decline$/ }).click();
    await press(page, "Decline with this reason");
    await wrong(page, /reason/i);
    await page.locator("textarea[name=reason]").fill("Six months is fine at any time.");
    await press(page, "Decline with this reason");
    await says(page, "Six months is fine at any time.");
    await check(page, "a declined proposal");
  }],
  ["accepts a proposal", DESK, async (page, demo) => {
    await open(page, demo, "commitments", "Fatima Zahra");
    await check(page, "a proposal");
    await press(page, "Accept this proposal");
    await page.getByRole("button", { name: "Accept this proposal" }).waitFor({ state: "detached" });
    await check(page, "an agreement");
    await says(page, /agreed|running|active/i);
  }],
  ["answers a dispute, then finds for the debtor in part", PHONE, async (page, demo) => {
    await open(page, demo, "disputes", "Yusuf Demir");
    await check(page, "a dispute");
    await page.locator("textarea[name=answer]").fill("Could you send us the offer?");
    await press(page, "Send the answer");
    await page.waitForLoadState();
    await says(page, "Could you send us the offer?");
    await press(page, "Decide");
    await wrong(page, /./);
    await page.locator("input[name=outcome][value=partly]").check();
    await page.locator("input[name=credited]").fill("20");
    await page.locator("textarea[name=reason]").fill("Half of the delivery was included.");
    await press(page, "Decide");
    await says(page, "£20.00");
    await check(page, "a decided dispute");
  }],
  ["finds for a debtor, against another, and settles a hardship", NO_SCRIPT, async (page, demo) => {
    for (const [who, outcome] of [["Grace Mensah", "uphold"], ["Pavel Novotny", "reject"]]) {
      await open(page, demo, "disputes", who);
      await page.locator(`input[name=outcome][value=${outcome}]`).check();
      await page.locator("textarea[name=reason]").fill("We have looked at our papers.");
      await press(page, "Decide");
      await says(page, "We have looked at our papers.");
    }
    await open(page, demo, "disputes", "Linda Marsh");
    await check(page, "a hardship");
    await page.locator("textarea[name=reason]").fill("We wait until spring.");
    await press(page, "Settle this");
    await says(page, "We wait until spring.");
  }],
  ["records a call and a bank transfer, once", DESK, async (page, demo) => {
    await openDebtor(page, demo, "Priya Raman");
    await check(page, "a debtor");
    await page.locator("summary", { hasText: "A call, a letter" }).click();
    await page.locator("input[name=channel][value=call]").check();
    await page.locator("textarea[name=said]").fill("She will look for the invoice.");
    await press(page, "Record this");
    await page.locator("summary", { hasText: "Read it" }).first().click();
    await says(page, "She will look for the invoice.");
    await page.locator("summary", { hasText: "A payment by bank or cash" }).click();
    await press(page, "Record this payment");
    await wrong(page, /amount/i);
    const typed = async () => {
      await page.locator("input[name=amount]").fill("70");
      await page.locator("input[name=paid_on]").fill(day(-1));
      await page.locator("input[name=reference]").fill("RAMAN 2085");
      await press(page, "Record this payment");
      await page.waitForLoadState();
    };
    await typed();
    await says(page, "£200.00");
    await page.locator("summary", { hasText: "A payment by bank or cash" }).click();
    await typed();
    await openDebtor(page, demo, "Priya Raman");
    await says(page, "£200.00");
    await check(page, "a debtor with payments");
  }],
  ["rehearses the policy, and sees what a change of it would change", NO_SCRIPT, async (page, demo) => {
    await go(page, demo, "/console/policy/rehearsal", "Rehearsal");
    const day = page.locator(".calendar a").first();
    await day.click();
    await page.locator(".calendar a[aria-current]").waitFor();
    await page.locator("main .rows tbody tr:visible").first().waitFor();
    await check(page, "a day of a rehearsal");
    await go(page, demo, "/console/policy/reminders", "Reminders");
    await page.locator("#days_between").fill("30");
    await press(page, "Compare with what is saved");
    await page.locator("#change ~ [role=status] table").first().waitFor();
    await check(page, "a changed policy, compared");
  }],
  ["pauses reminders, ends the pause, makes a link, and revokes it", PHONE, async (page, demo, browser) => {
    await openDebtor(page, demo, "Tom Pearce");
    await check(page, "a debtor");
    await page.locator("summary", { hasText: "Pause reminders" }).click();
    await page.locator("input[name=until_on]").fill(day(20));
    await page.locator("input[name=note]").fill("He called.");
    await press(page, "Pause reminders");
    await says(page, "He called.");
    await press(page, "End it");
    await page.waitForLoadState();
    await press(page, "Create a link");
    await page.locator("#new-link").waitFor();
    await awake(page);
    await check(page, "a new link");
    const url = await page.locator("#new-link").inputValue();
    if (page.variant.js) {
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await press(page, "Copy");
      await page.getByText("Copied").waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), url);
    }
    const debtor = await newPage(browser, { origin: demo.origin, js: false });
    try {
      await debtor.goto(url);
      await arrive(debtor, "One question first");
      await openDebtor(page, demo, "Tom Pearce");
      await page.getByRole("button", { name: /^Revoke/ }).first().click();
      await page.waitForLoadState();
      await debtor.goto(url);
      await arrive(debtor, "This link no longer works");
    } finally {
      await debtor.closeAll();
    }
  }],
  ["exports commitments as CSV", DESK, async (page, demo) => {
    await page.goto(`${demo.origin}/console/commitments`);
    const link = page.locator('a[href^="/console/commitments.csv"]').first();
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    const text = await (await download.createReadStream()).toArray().then((chunks) => Buffer.concat(chunks).toString("utf8"));
    assert.match(text, /Rosa Delgado/);
    assert.ok(text.split("\n").length > 10);
  }],
  ["imports customers and invoices, corrects the mapping, and sees first what would happen", PHONE, async (page, demo) => {
    const file = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    const take = async (kind, csv) => {
      await go(page, demo, "/console/imports", "Imports");
      await page.locator(`input[name=kind][value=${kind}]`).check();
      await page.locator("input[name=file]").setInputFiles(csv);
      await press(page, "Look at the file");
    };
    await go(page, demo, "/console/imports", "Imports");
    await press(page, "Look at the file");
    await wrong(page, /file/i);
    await take("debtors", file("customers.csv", "reference,name,email,postcode,country\nN-1,Noor Haddad,noor@example.com,LS6 1AA,GB\n"));
    await see(page, "Import customers");
    await press(page, "Import this file");
    await says(page, "The file is imported");
    await take("invoices", file("invoices.csv", "number,customer,issued,due,total,currency,text\nN-100,N-1,2026-09-01,2026-10-01,99.50,GBP,A stool\nN-101,N-1,2026-09-01,soon,10.00,GBP,\n"));
    await see(page, "Import invoices");
    await page.locator("select[name=map_description]").selectOption("text");
    await press(page, "Check again");
    await see(page, "Import invoices");
    await says(page, "1 problem");
    await press(page, "Import the rows without problems");
    await says(page, "The file is imported");
    await openDebtor(page, demo, "Noor Haddad");
    await says(page, "£99.50");
    await take("invoices", PDF);
    await page.waitForLoadState();
    await says(page, /problem|cannot be read|not a CSV/i);
    await check(page, "a file that is none");
  }],
  ["sees how the columns of a bank statement are read, corrects them, and imports it", NO_SCRIPT, async (page, demo) => {
    const csv = "Date,Who,Note,Paid\n2025-06-02,A Stranger,For the stool,12.34\n2025-06-03,Rent,,-900.00\n";
    await go(page, demo, "/console/statements", "Bank statements");
    await page.locator("input[name=file]").setInputFiles({ name: "bank.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await press(page, "Take the statement");
    await see(page, "Import a bank statement");
    await says(page, "no column for");
    await check(page, "a statement without an amount");
    await page.locator("select[name=map_amount]").selectOption("Paid");
    await page.locator("select[name=map_payer]").selectOption("Who");
    await press(page, "Check again");
    await see(page, "Import a bank statement");
    await says(page, "£12.34 from A Stranger");
    await check(page, "a statement as it is read");
    await press(page, "Import this file");
    await says(page, "The statement is imported");
    await says(page, "A Stranger");
  }],
  ["chooses several e-invoices, sees the rule that one of them breaks, and imports the others", PHONE, async (page, demo) => {
    const text = (name) => readFileSync(new URL(`../it/data/einvoices/${name}`, import.meta.url), "utf8");
    const file = (name, content) => ({ name, mimeType: "text/xml", buffer: Buffer.from(content) });
    await go(page, demo, "/console/imports", "Imports");
    await page.locator("input[name=kind][value=invoices]").check();
    await page.locator("input[name=file]").setInputFiles([
      file("table.xml", text("cii-invoice.xml")),
      file("shelf.xml", text("ubl-invoice.xml").replace("246.00</cbc:TaxInclusiveAmount>", "246.01</cbc:TaxInclusiveAmount>")),
    ]);
    await press(page, "Look at the file");
    await see(page, "Import invoices");
    await says(page, "BR-CO-15");
    await says(page, "by your usual terms");
    await check(page, "e-invoices with a problem");
    await press(page, "Import those without problems");
    await says(page, "The file is imported");
    await openDebtor(page, demo, "Maison Lavande");
    await says(page, "€564.20");
  }],
  ["sees what its terms would offer, and saves them", DARK, async (page, demo) => {
    await go(page, demo, "/console/policy", "Settings");
    await check(page, "settings");
    const offer = page.locator(".offer");
    const before = await offer.innerText();
    const smallest = page.locator("input[name^=min_instalment]").first();
    await smallest.fill("55");
    if (page.variant.js) await page.waitForFunction((old) => document.querySelector(".offer").innerText !== old, before);
    await press(page, "Show the offer");
    await arrive(page, "Settings");
    await says(page, "£55.00");
    await smallest.fill("many");
    await press(page, "Save the settings");
    await wrong(page, /./);
    await smallest.fill("12");
    await press(page, "Save the settings");
    await arrive(page, "Settings");
    assert.equal(await smallest.inputValue().then(parseFloat), 12);
  }],
  ["sees a new agreement on an open page without reloading", DESK, async (page, demo, browser) => {
    await page.goto(`${demo.origin}/console`);
    await arrive(page, "Today");
    await page.evaluate(() => (globalThis.neverReloaded = true));
    const debtor = await newPage(browser, { origin: demo.origin, js: false });
    try {
      await openAccount(debtor, demo, "no-email");
      await go(debtor, demo, "/account/promise", "I’ll pay on…");
      await debtor.locator("input[name=how_much][value=all]").check();
      await debtor.locator("input[name=by_on]").fill(day(8));
      await press(debtor, "Continue");
      await debtor.locator("form[action='/account/promise/check'] button").click();
      await arrive(debtor, "Your agreement");
      await page.locator(".news").getByText("Edith Moore").waitFor({ timeout: 12_000 });
      assert.ok(await page.evaluate(() => globalThis.neverReloaded));
      await check(page, "Today with news");
    } finally {
      await debtor.closeAll();
    }
  }],
];
