// What the browser tests stand on: a demo of Kept, a Chromium, and the checks that hold on every page.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import readline from "node:readline";
import { chromium } from "playwright-core";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const root = path.resolve(here, "../..");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The binary under test: $KEPT_BIN, or the newest of a release and a debug build. */
export function keptBinary() {
  if (process.env.KEPT_BIN) return process.env.KEPT_BIN;
  const target = process.env.CARGO_TARGET_DIR ?? path.join(root, "target");
  const found = ["debug", "release"].map((profile) => path.join(target, profile, "kept")).find((file) => existsSync(file));
  if (!found) throw new Error(`no kept binary in ${target}: run \`cargo build\`, or name one with KEPT_BIN`);
  return found;
}

/**
 * Runs `kept demo` on a free port and a data directory of its own, until `stop()`.
 * `links` and `answers` are by situation; `console` is { url, login, password }.
 */
export async function startDemo({ binary = keptBinary(), args = [], listen = "127.0.0.1:0" } = {}) {
  const data = mkdtempSync(path.join(tmpdir(), "kept-browser-"));
  const child = spawn(binary, ["demo", "--listen", listen, "--data", data, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const demo = { links: new Map(), answers: new Map(), console: null, origin: null, data, log: "" };
  child.stderr.on("data", (chunk) => (demo.log += chunk));
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(`ended (${signal ?? code})`)));
  demo.stop = async () => {
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(hard);
    rmSync(data, { recursive: true, force: true });
  };
  const ready = new Promise((resolve) => {
    readline.createInterface({ input: child.stdout }).on("line", (line) => {
      const [kind, ...fields] = line.split("\t");
      if (kind === "link") demo.links.set(fields[0], fields[1]);
      else if (kind === "answer") demo.answers.set(fields[0], fields[1]);
      else if (kind === "console") demo.console = { url: fields[0], login: fields[1], password: fields[2] };
      else if (kind === "ready") resolve("ready");
    });
  });
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, 120_000, "not ready after 120 s")));
  const outcome = await Promise.race([ready, ended, late]);
  clearTimeout(timer);
  if (outcome !== "ready") {
    await demo.stop();
    throw new Error(`kept demo: ${outcome}\n${demo.log}`);
  }
  demo.origin = new URL(demo.console.url).origin;
  return demo;
}

/** Debian's Chromium, or the one that $CHROMIUM names; it speaks to nobody on its own. */
export function startBrowser() {
  const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const executablePath = places.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error("no Chromium: install it, or name it with CHROMIUM");
  return chromium.launch({
    executablePath,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/**
 * A page in a context of its own that writes down what must not happen: `page.faults`.
 *
 * js: false turns JavaScript off; wasm: "blocked" lets no .wasm through; origins: others than the demo's that a page may speak to,
 * such as the stand-in gateway's.
 */
export async function newPage(browser, { origin, origins = [], js = true, wasm = "allowed", width = 360, height = 800, dark = false } = {}) {
  const context = await browser.newContext({
    javaScriptEnabled: js,
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "Europe/London",
  });
  if (wasm === "blocked") await context.route("**/*.wasm", (route) => route.abort());
  const page = await context.newPage();
  page.faults = [];
  page.variant = { js, wasm, width, dark };
  const allowed = new Set([origin, ...origins].filter(Boolean));
  page.on("pageerror", (error) => page.faults.push(`error on the page: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const { url } = message.location();
    // Chromium reports the .wasm that the test itself blocked, and every page that answers 4xx on purpose.
    const asked = wasm === "blocked" && url.endsWith(".wasm");
    const answered = /Failed to load resource: the server responded with a status of 4\d\d/.test(message.text()) && url === page.url();
    if (!asked && !answered) page.faults.push(`console: ${message.text()} (${url})`);
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    // Where cards are typed: the demo's stand-in for the gateway, on a port of its own.
    if (url.hostname === "127.0.0.1" && url.pathname.startsWith("/c/pay/")) return;
    if (allowed.size > 0 && /^https?:$/.test(url.protocol) && !allowed.has(url.origin)) page.faults.push(`a request to another origin: ${url.origin}`);
  });
  if (js) {
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
    });
  }
  page.closeAll = () => context.close();
  return page;
}

/** What holds on every page in every state; throws with everything that does not. */
export async function check(page, what = page.url()) {
  const faults = [...page.faults.splice(0), ...(await findOverflow(page)), ...(await findAxe(page))];
  if (faults.length > 0) throw new Error(`${what} ${JSON.stringify(page.variant)}\n  ${faults.join("\n  ")}`);
}

/** Elements that make the page scroll sideways, at its width and at 320 px (WCAG 1.4.10). */
export async function findOverflow(page) {
  const size = page.viewportSize();
  const found = [];
  for (const width of new Set([size.width, 320])) {
    await page.setViewportSize({ ...size, width });
    const wide = await page.evaluate(() => {
      const limit = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= limit) return [];
      const beyond = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > limit + 1);
      return [`${document.documentElement.scrollWidth} px wide`, ...beyond.slice(0, 3).map((element) => element.outerHTML.slice(0, 120))];
    });
    if (wide.length > 0) found.push(`scrolls sideways at ${width} px: ${wide.join(" · ")}`);
  }
  await page.setViewportSize(size);
  return found;
}

/** What axe-core finds: every rule of WCAG 2.2 A and AA and its best practices. */
export async function findAxe(page) {
  // axe needs timers, which a page without JavaScript does not have: there its HTML is put, as it stands, into one that has.
  const stage = page.variant?.js === false ? await stageOf(page) : page;
  try {
    await stage.evaluate(axeSource);
    const violations = await stage.evaluate(async () => {
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
      const results = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
      return results.violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} — ${failureSummary}`) }));
    });
    return violations.map(({ id, help, nodes }) => `axe ${id}: ${help}\n    ${nodes.join("\n    ").replaceAll("\n", "\n    ")}`);
  } finally {
    if (stage !== page) await stage.context().close();
  }
}

async function stageOf(page) {
  const context = await page.context().browser().newContext({ viewport: page.viewportSize(), colorScheme: page.variant.dark ? "dark" : "light", reducedMotion: "reduce" });
  const stage = await context.newPage();
  // Scripts are for the page with JavaScript; here they would only change what is looked at.
  await context.route("**/*", (route) => route.abort());
  await stage.setContent((await page.content()).replaceAll(/<script\b[\s\S]*?<\/script>/g, ""), { waitUntil: "domcontentloaded" });
  return stage;
}

/** Waits until the page's islands answer; there is nothing to wait for where it has none, or where they cannot wake. */
export async function awake(page) {
  if (!page.variant.js || page.variant.wasm !== "allowed" || (await page.locator("leptos-island").count()) === 0) return;
  await page.waitForSelector("html[data-awake]", { state: "attached", timeout: 10_000 });
}

/** From a reminder link over the identity question to the account. */
export async function openAccount(page, demo, situation) {
  const link = demo.links.get(situation);
  if (!link) throw new Error(`the demo has no link for "${situation}", only for: ${[...demo.links.keys()].join(", ")}`);
  await page.goto(link);
  const answer = page.locator('input[name="answer"]');
  if (await answer.count()) {
    await answer.fill(demo.answers.get(situation));
    await Promise.all([page.waitForURL("**/account"), page.locator('form:has(input[name="answer"]) button').first().click()]);
  }
}

/** Signs in to the business's console. */
export async function openConsole(page, demo) {
  await page.goto(demo.console.url);
  const password = page.locator('input[type="password"]');
  if (await password.count()) {
    await page.locator('input[name="login"], input[type="email"]').first().fill(demo.console.login);
    await password.fill(demo.console.password);
    await Promise.all([page.waitForURL((url) => !url.pathname.endsWith("/login")), page.locator('form:has(input[type="password"]) button').first().click()]);
  }
}

/** Every way that a debtor's page must work. */
export const VARIANTS = [
  { name: "with JavaScript", js: true, wasm: "allowed" },
  { name: "with the .wasm blocked", js: true, wasm: "blocked" },
  { name: "without JavaScript", js: false, wasm: "blocked" },
];
