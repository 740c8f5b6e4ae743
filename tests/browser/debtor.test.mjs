// Every act of a debtor, walked on a narrow phone: with JavaScript, with the .wasm blocked, and without JavaScript. A demo for each, because the
// acts change what the next one would find; each debtor does what the others do not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PDF, arrive, countAgreements, day, follow, go, press, says, see, seeMistake, typePlan } from "./acts.mjs";
import { VARIANTS, newPage, openAccount, openConsole } from "./kept.mjs";
import { another } from "./shared.mjs";

for (const variant of VARIANTS) {
  test(`a debtor, ${variant.name}`, { concurrency: 2 }, async (t) => {
    const { demo, browser } = await another(`debtor ${variant.name}`);
    const walks = WALKS.map(([what, situation, walk]) =>
      t.test(what, async () => {
        const page = await newPage(browser, { origin: demo.origin, ...variant });
        try {
          page.setDefaultTimeout(15_000);
          if (situation) await openAccount(page, demo, situation);
          await walk(page, demo, browser);
          assert.deepEqual(page.faults, []);
        } finally {
          await page.closeAll();
        }
      }),
    );
    await Promise.all(walks);
  });
}

/** From the account's form to the stand-in's page, with one of its cards. */
async function payWith(page, demo, card, { what = "everything", amount } = {}) {
  await go(page, demo, "/account/payment", "Pay by card");
  await page.locator(`input[name=what][value=${what}]`).check();
  if (amount) await page.locator("input[name=amount]").fill(amount);
  await press(page, "Go to the card page");
  await page.locator(`input[name=test_card][value="${card}"]`).check();
  await page.getByRole("button", { name: /^Pay / }).click();
}

/** Looks again, as the page does by itself, until it tells the truth. */
async function settled(page, heading) {
  for (let tries = 0; tries < 20 && !(await page.getByRole("heading", { level: 1, name: heading }).count()); tries += 1) {
    await page.waitForTimeout(1500);
    if (page.url().includes("/account/payment/")) await page.reload();
  }
  await see(page, heading);
}

const WALKS = [
  ["answers the question, wrongly and rightly, looks around, and leaves", null, async (page, demo) => {
    await page.goto(demo.links.get("two-currencies"));
    await see(page, "One question first");
    await press(page, "Continue");
    await seeMistake(page, "Enter an answer");
    await page.locator("input[name=answer]").fill("LS1 1AA");
    await press(page, "Continue");
    await seeMistake(page, "You can try 4 more times");
    await page.locator("input[name=answer]").fill(demo.answers.get("two-currencies"));
    await press(page, "Continue");
    await see(page, "Your account");
    await says(page, "€1,450.00");
    await says(page, "£220.00");
    await follow(page, "Messages");
    await see(page, "Messages");
    await press(page, "Sign out");
    await see(page, "You are signed out");
    await page.goto(`${demo.origin}/account`);
    await see(page, "Please open your link again");
  }],
  ["pays a part by card, and keeps the receipt", "company", async (page, demo) => {
    await go(page, demo, "/account/payment", "Pay by card");
    await page.locator("input[name=what][value=part]").check();
    await page.locator("input[name=amount]").fill("0.50");
    await press(page, "Go to the card page");
    await seeMistake(page, "or more");
    await payWith(page, demo, "4242424242424242", { what: "part", amount: "120" });
    await settled(page, "We have received your payment");
    await says(page, "£120.00 has arrived");
    await follow(page, "See your receipt");
    await see(page, "Receipt");
    await says(page, "£120.00");
    await go(page, demo, "/account", "Your account");
    await says(page, "Paid by card");
  }],
  ["is declined, goes back, and pays with 3-D Secure", "one-invoice", async (page, demo) => {
    await payWith(page, demo, "4000000000000002");
    await page.getByText("Your card was declined").waitFor();
    await follow(page, "Go back without paying");
    await page.waitForURL("**/account/**");
    await see(page, /not finished|not made|did not go through/);
    await says(page, /No money has moved|has not been paid yet/);
    await payWith(page, demo, "4000002500003155");
    await page.getByRole("button", { name: "Complete authentication" }).click();
    await settled(page, "We have received your payment");
    await says(page, "Nothing is left to pay.");
    await go(page, demo, "/account", "Your account");
    await says(page, "There is nothing left to pay");
  }],
  ["fails 3-D Secure", "promise-broken", async (page, demo) => {
    await payWith(page, demo, "4000002500003155");
    await page.getByRole("button", { name: "Fail authentication" }).click();
    await page.getByText("We could not confirm that it is you").waitFor();
    await page.goto(`${demo.origin}/account/payment`);
    await see(page, "Pay by card");
  }],
  ["waits for a slow bank", "was-right", async (page, demo) => {
    await payWith(page, demo, "4000000000001000");
    await see(page, "Your payment is being confirmed");
    await says(page, "Please do not pay it again");
    await settled(page, "We have received your payment");
  }],
  ["is told the truth when the bank never answers", "no-email", async (page, demo) => {
    await payWith(page, demo, "4000000000002008");
    await see(page, "Your payment is being confirmed");
    await go(page, demo, "/account", "Your account");
    await says(page, "still being confirmed");
    await go(page, demo, "/account/payment", "Pay by card");
    await see(page, "Pay by card");
    await says(page, "A payment is still being confirmed");
  }],
  ["leaves the card page and comes back with the browser's button", "payment-failed", async (page, demo) => {
    await go(page, demo, "/account/payment", "Pay by card");
    await press(page, "Go to the card page");
    await page.getByRole("button", { name: /^Pay / }).waitFor();
    await page.goBack();
    await arrive(page, "Pay by card");
    await press(page, "Go to the card page");
    await page.getByRole("button", { name: /^Pay / }).click();
    await settled(page, "We have received your payment");
    await go(page, demo, "/account", "Your account");
    assert.equal(await page.getByText("Receipt").count(), 1, "one payment");
  }],
  ["agrees to instalments inside the terms, once, whatever the back button does", "overdue", async (page, demo) => {
    await go(page, demo, "/account/plan", "Pay in instalments");
    await typePlan(page, { amount: "lots" });
    await press(page, "Continue");
    await arrive(page, "Pay in instalments");
    await seeMistake(page, /There is a problem/);
    await typePlan(page, { count: 4, first: 10 });
    if (page.variant.js && page.variant.wasm === "allowed") {
      await page.locator("#preview").getByText("We can agree this right away").waitFor();
      await page.locator("input[name=count]").fill("3");
      await page.locator("#preview tbody tr").nth(2).waitFor();
      assert.equal(await page.locator("#preview tbody tr").count(), 3, "the schedule follows what is typed");
      await page.locator("input[name=count]").fill("4");
      assert.equal(await page.locator("#preview tbody tr").count(), 4);
    }
    await press(page, "Continue");
    await see(page, "Check before you agree");
    await says(page, "£72.50");
    const words = await page.locator("#words").innerText();
    await press(page, "Agree to these payments");
    await see(page, "Your agreement");
    await says(page, words.split("\n")[0].replaceAll(/\s+/g, " "));
    const agreement = page.url();
    await page.goBack();
    await arrive(page, "Check before you agree");
    await press(page, "Agree to these payments");
    await arrive(page, "Your agreement");
    assert.equal(page.url(), agreement, "the same agreement, not a second");
    assert.equal(await countAgreements(page, demo), 1);
    await says(page, "Your instalments");
  }],
  ["asks outside the terms and takes the nearest", "on-hold", async (page, demo) => {
    await go(page, demo, "/account/plan", "Pay in instalments");
    await typePlan(page, { amount: 5, first: 20 });
    await press(page, "Continue");
    await see(page, "This is outside what we can agree right away");
    await says(page, "Each payment is at least");
    await follow(page, "Look at this one");
    await see(page, "Check before you agree");
    await press(page, "Agree to these payments");
    await arrive(page, "Your agreement");
  }],
  ["sends a plan to be decided, and refuses what is offered instead", "proposal-declined", async (page, demo, browser) => {
    await go(page, demo, "/account/plan", "Pay in instalments");
    await typePlan(page, { count: 24, first: 20 });
    await press(page, "Continue");
    await arrive(page, "This is outside what we can agree right away");
    await follow(page, "Send mine to be decided");
    await see(page, "Check before you send");
    await page.locator("form[action='/account/plan/check'] button").click();
    await see(page, "Your proposal");
    await says(page, "It is not an agreement yet");
    const owner = await newPage(browser, { origin: demo.origin, js: false, width: 1280 });
    try {
      await openConsole(owner, demo);
      await owner.goto(`${demo.origin}/console/commitments/${page.url().split("/").at(-1)}`);
      await owner.locator("summary", { hasText: "Offer something else" }).click();
      await owner.locator("input[name=amount]").fill("30");
      await owner.locator("input[name=first_on]").fill(day(14));
      await owner.locator("input[name=frequency][value=monthly]").check();
      await press(owner, "Send this offer");
      await owner.waitForLoadState();
    } finally {
      await owner.closeAll();
    }
    await go(page, demo, "/account", "Your account");
    await see(page, "Your account");
    await follow(page, "See the offer");
    await see(page, "An offer for you");
    await press(page, "No, thank you");
    await see(page, /Your agreement|Your proposal|The offer/);
    await says(page, /Not accepted|Taken back|propose something else/);
  }],
  ["accepts an offer", "offer-waiting", async (page, demo) => {
    await follow(page, "See the offer");
    await arrive(page, "An offer for you");
    await page.locator("button[value=accept]").click();
    await see(page, "Your agreement");
    await says(page, "Agreed");
    await go(page, demo, "/account", "Your account");
    await says(page, "Your instalments");
  }],
  ["takes a proposal back", "proposal-waiting", async (page) => {
    await follow(page, "See or take it back");
    await arrive(page, "Your proposal");
    await press(page, "Take it back");
    await says(page, "You took this back");
  }],
  ["changes an agreement, and ends another", "plan-running", async (page, demo) => {
    await follow(page, "See or change it");
    await arrive(page, "Your agreement");
    await follow(page, "Change it");
    await arrive(page, "Pay in instalments");
    await typePlan(page, { count: 2, first: 9 });
    await press(page, "Continue");
    await arrive(page, "Check before you agree");
    await press(page, "Agree to these payments");
    await arrive(page, "Your agreement");
    await go(page, demo, "/account", "Your account");
    await follow(page, "See or change it");
    await page.locator("summary", { hasText: "End this agreement" }).click();
    await press(page, "End this agreement");
    await see(page, "Your agreement");
    await says(page, "It has ended");
  }],
  ["promises a day for all of it, and a part on another", "dispute-resolved", async (page, demo) => {
    await go(page, demo, "/account/promise", "I’ll pay on…");
    await page.locator("input[name=by_on]").fill(day(-3));
    await press(page, "Continue");
    await seeMistake(page, /There is a problem/);
    await page.locator("input[name=by_on]").fill(day(90));
    await press(page, "Continue");
    await see(page, "That day is later than we can agree right away");
    await page.goto(`${demo.origin}/account/promise`);
    await page.locator("input[name=how_much][value=all]").check();
    await page.locator("input[name=by_on]").fill(day(12));
    await press(page, "Continue");
    await see(page, "Check before you agree");
    await page.locator("form[action='/account/promise/check'] button").click();
    await see(page, "Your agreement");
    await page.goto(`${demo.origin}/account/promise`);
    await page.locator("input[name=how_much][value=part]").check();
    await page.locator("input[name=amount]").fill("40");
    await page.locator("input[name=by_on]").fill(day(6));
    await press(page, "Continue");
    await arrive(page, "Check before you agree");
    await says(page, "£40.00");
    await page.locator("form[action='/account/promise/check'] button").click();
    await arrive(page, "Your agreement");
    assert.equal(await page.locator("main").getByText("£40.00").first().isVisible(), true);
  }],
  ["disputes everything, with a file, and takes it back", "part-paid", async (page, demo) => {
    await go(page, demo, "/account/dispute", "Something’s not right");
    await press(page, "Send this");
    await seeMistake(page, /There is a problem/);
    await page.locator("input[name=reason]").nth(2).check();
    await page.locator("input[name=scope][value=everything]").check();
    await page.locator("textarea[name=words]").fill("It never came. <b>Really</b>.");
    await page.locator("input[name=file]").setInputFiles({ ...PDF, buffer: Buffer.from("MZ not a document") });
    await press(page, "Send this");
    await seeMistake(page, /PDF/);
    await page.locator("input[name=file]").setInputFiles(PDF);
    await press(page, "Send this");
    await see(page, "Something’s not right");
    await says(page, "It never came. <b>Really</b>.");
    await says(page, PDF.name);
    const dispute = page.url();
    await go(page, demo, "/account", "Your account");
    await see(page, "Your account");
    await says(page, "There is nothing to pay while");
    await go(page, demo, "/account/dispute", "There is nothing open to tell us about");
    await see(page, "There is nothing open to tell us about");
    await page.goto(dispute);
    await page.locator("summary", { hasText: "Take this back" }).click();
    await press(page, "Take this back");
    await says(page, "You took this back");
  }],
  ["disputes the invoices that are wrong", "company", async (page, demo) => {
    await go(page, demo, "/account/dispute", "Something’s not right");
    await page.locator("input[name=reason]").first().check();
    await page.locator("input[name=scope][value=invoices]").check();
    await press(page, "Send this");
    await seeMistake(page, /There is a problem/);
    await page.locator("input[name=invoices]").nth(2).check();
    await page.locator("input[name=invoices]").nth(3).check();
    await page.locator("textarea[name=words]").fill("We paid these two.");
    await press(page, "Send this");
    await see(page, "Something’s not right");
    assert.equal(await page.locator("dl.facts dt", { hasText: "Invoice K-" }).count(), 2);
  }],
  ["disputes an amount", "dispute-open", async (page, demo) => {
    await go(page, demo, "/account/dispute", "Something’s not right");
    await page.locator("input[name=reason][value=wrong_amount]").check();
    await page.locator("input[name=scope][value=amount]").check();
    await page.locator("input[name=amount]").fill("30");
    await page.locator("textarea[name=words]").fill("Thirty too much.");
    await press(page, "Send this");
    await see(page, "Something’s not right");
    await says(page, "£30.00");
    await go(page, demo, "/account", "Your account");
    await see(page, "Your account");
  }],
  ["has already paid, and proves it", "agreed-by-hand", async (page, demo) => {
    await go(page, demo, "/account/already-paid", "I’ve already paid");
    await press(page, "Send this");
    await seeMistake(page, /There is a problem/);
    await page.locator("input[name=paid_on]").fill(day(-5));
    await page.locator("input[name=paid_by]").first().check();
    await page.locator("input[name=scope][value=everything]").check();
    await page.locator("input[name=file]").setInputFiles(PDF);
    await press(page, "Send this");
    await see(page, "I’ve already paid");
    await says(page, "is looking for your payment");
  }],
  ["cannot afford it right now", "plan-broken", async (page, demo) => {
    await go(page, demo, "/account/hardship", "I can’t afford this right now");
    await see(page, "I can’t afford this right now");
    await press(page, "Pause reminders");
    await see(page, "I can’t afford this right now");
    await says(page, "Reminders are paused until");
    await go(page, demo, "/account", "Your account");
    await see(page, "Your account");
  }],
];
