// Pictures of every state at 360 and 1280 px, light and dark: `node screenshots.mjs DIRECTORY [part of a name]`.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { awake, newPage, openAccount, openConsole, startBrowser, startDemo } from "./kept.mjs";
import { CONSOLE_PAGES, DEBTOR_PAGES, findLeads } from "./pages.mjs";

const [directory, wanted = ""] = process.argv.slice(2);
if (!directory) throw new Error("usage: node screenshots.mjs DIRECTORY [part of a name]");
mkdirSync(directory, { recursive: true });
const slug = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");

const soon = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
const asked = (each) => `currency=GBP&by=amount&amount=${each}&frequency=monthly&first_on=${soon}`;
/** The pages before a commitment: inside the terms, outside them, sent to be decided, a promise. */
const CHECKS = [
  `/account/plan/check?${asked(60)}`, `/account/plan/check?outside=&${asked(5)}`, `/account/plan/check?sent=&${asked(5)}&decide=yes`,
  `/account/promise/check?how_much=all&currency=GBP&by_on=${soon}`,
];
/** Forms that are sent as they are opened, which is a mistake. */
const MISTAKES = ["/account/dispute", "/account/already-paid", "/account/promise", "/account/plan?by=amount&amount=lots"];

const demo = await startDemo();
const browser = await startBrowser();
try {
  for (const width of [360, 1280]) {
    for (const dark of [false, true]) {
      const look = `${width}-${dark ? "dark" : "light"}`;
      const shoot = async (page, name) => {
        if (!name.includes(wanted)) return;
        await awake(page).catch(() => console.error(`${name}: its islands did not wake`));
        const file = path.join(directory, `${name}-${look}.png`);
        await page.screenshot({ path: file, fullPage: true });
        console.log(file);
      };
      let first = true;
      for (const [situation, link] of demo.links) {
        const page = await newPage(browser, { origin: demo.origin, width, dark });
        await page.goto(link);
        await shoot(page, `gate-${slug(situation)}`);
        if (demo.answers.has(situation)) {
          await openAccount(page, demo, situation);
          // The account in every state; what leads from it once.
          const leads = await findLeads(page);
          for (const address of first ? [...DEBTOR_PAGES, ...CHECKS] : DEBTOR_PAGES.slice(0, 1)) {
            await page.goto(demo.origin + address);
            await shoot(page, `${slug(address.replace(/=.*/, ""))}-${slug(situation)}`);
          }
          for (const [n, address] of leads.entries()) {
            await page.goto(demo.origin + address);
            await shoot(page, `lead-${slug(situation)}-${slug(address.split("/").at(-2))}-${n}`);
          }
          for (const address of first ? MISTAKES : []) {
            await page.goto(demo.origin + address);
            await page.evaluate(() => document.querySelector("main form:last-of-type").submit());
            await page.locator(".errors").waitFor();
            await shoot(page, `mistakes-${slug(address)}`);
          }
          first = false;
        }
        await page.closeAll();
      }
      const page = await newPage(browser, { origin: demo.origin, width, dark });
      await page.goto(demo.console.url);
      await shoot(page, "console-sign-in");
      await page.goto(`${demo.origin}/u/whatever`);
      await shoot(page, "stop");
      await page.locator("main button").click();
      await shoot(page, "stopped");
      await page.goto(demo.console.url);
      await openConsole(page, demo);
      for (const address of CONSOLE_PAGES) {
        await page.goto(demo.origin + address);
        await shoot(page, address === "/console" ? "console-today" : slug(address));
      }
      await page.goto(`${demo.origin}/console/calls`);
      const call = page.locator('main a[href^="/console/calls/"]').first();
      if (await call.count()) {
        await call.click();
        await shoot(page, "console-call");
        await page.evaluate(() => document.querySelectorAll("main details").forEach((each) => (each.open = true)));
        await page.locator('main button[value="promised"]').click();
        await page.locator(".errors").waitFor();
        await shoot(page, "console-call-mistake");
      }
      await page.goto(`${demo.origin}/console/policy/reminders`);
      await page.locator(".ladder summary").nth(2).click();
      await shoot(page, "console-policy-reminders-step");
      await page.locator("#l1s3_days").fill("soon");
      await page.locator('main button[value="save"]').click();
      await page.locator(".errors").waitFor();
      await shoot(page, "console-policy-reminders-mistake");
      await page.goto(`${demo.origin}/console/policy/reminders`);
      await page.locator("#days_between").fill("30");
      await page.locator('main button[value="compare"]').click();
      await page.locator("#change ~ [role=status] table").first().waitFor();
      await shoot(page, "console-policy-reminders-change");
      await page.closeAll();
    }
  }
} finally {
  await browser.close();
  await demo.stop();
}
