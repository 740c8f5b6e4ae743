// People of the business: a passkey is added and signed in with, by an authenticator that Chromium plays itself.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { press, says, see } from "./acts.mjs";
import { awake, check, newPage, openConsole, startDemo } from "./kept.mjs";
import { kept } from "./shared.mjs";

/** A port that nobody listens on: passkeys belong to a name, and the demo must know its address before it listens. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("a passkey", async () => {
  const { browser } = await kept();
  const demo = await startDemo({ listen: `localhost:${await freePort()}` });
  const page = await newPage(browser, { origin: demo.origin });
  page.setDefaultTimeout(15_000);
  try {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
    await openConsole(page, demo);
    await page.goto(`${demo.origin}/console/account`);
    await awake(page);
    await check(page, "one's own account");
    await page.getByLabel("What to call it").fill("My phone 😀");
    await page.locator("#passkey-password").fill("not the password");
    await press(page, "Add a passkey");
    await page.getByText("The password is not right").waitFor();
    // The browser's own word for an answer of 422.
    page.faults = page.faults.filter((fault) => !fault.includes("422") || !fault.includes("/console/account/passkeys"));
    await page.locator("#passkey-password").fill(demo.console.password);
    await press(page, "Add a passkey");
    await page.waitForURL("**/console/account?done=passkey");
    await says(page, "My phone 😀");
    const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
    assert.deepEqual(credentials.map((one) => [one.isResidentCredential, one.rpId]), [[true, "localhost"]]);
    await page.getByRole("button", { name: /sign out/i }).first().click();
    await see(page, "Sign in");
    await page.goto(`${demo.origin}/console/debtors`);
    await see(page, "Sign in");
    await awake(page);
    await check(page, "the page to sign in on, with passkeys");
    await press(page, "Sign in with a passkey");
    // On to where the visitor wanted to go.
    await page.waitForURL("**/console/debtors");
    // A passkey that was removed opens nothing.
    await page.goto(`${demo.origin}/console/account`);
    await awake(page);
    await says(page, "last used");
    await press(page, /^Remove/);
    await page.waitForURL("**/console/account?done=passkey_removed");
    await page.getByRole("button", { name: /sign out/i }).first().click();
    await see(page, "Sign in");
    await awake(page);
    await press(page, "Sign in with a passkey");
    await page.getByText("This passkey is not known here").waitFor();
    // Chromium writes the refusal into the console: it is what was to be seen.
    assert.deepEqual(page.faults.filter((fault) => !fault.includes("/console/login/passkey/finish")), []);
  } finally {
    await page.closeAll();
    await demo.stop();
  }
});

for (const look of [{ width: 360 }, { width: 360, dark: true }, { width: 1280 }, { width: 360, js: false }]) {
  test(`people and an app with six digits, ${JSON.stringify(look)}`, async () => {
    const { browser } = await kept();
    const demo = await startDemo();
    const page = await newPage(browser, { origin: demo.origin, ...look });
    page.setDefaultTimeout(15_000);
    try {
      await openConsole(page, demo);
      await page.goto(`${demo.origin}/console/users`);
      await awake(page);
      await page.getByLabel("Their e-mail address").fill("bo@example.com");
      await press(page, "Make a link for them");
      await says(page, "Hand this link to bo@example.com");
      await check(page, "an invitation that was just made");
      const link = await page.locator("code.link").first().innerText();
      await page.goto(link.replace(/^https?:\/\/[^/]+/, demo.origin));
      await see(page, /^Join /);
      await check(page, "the page that an invitation leads to");
      await page.goto(`${demo.origin}/console/account`);
      const app = page.locator('form[action="/console/account/totp"]');
      await app.getByLabel("Your password").fill(demo.console.password);
      await press(page, "Set up an app");
      await page.locator("svg.qr").waitFor();
      await check(page, "the picture for an app");
      await page.getByLabel("Six digits").fill("12");
      await press(page, "Ask for a code from now on");
      await page.locator(".errors").waitFor();
      await check(page, "a wrong code");
      assert.deepEqual(page.faults, []);
    } finally {
      await page.closeAll();
      await demo.stop();
    }
  });
}
