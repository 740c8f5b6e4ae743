// One demo and one Chromium for all the tests of a run, and more demos for those who act; started when first asked for, ended with the run.
import { after } from "node:test";
import { startBrowser, startDemo } from "./kept.mjs";

let started;

const more = new Map();

/** A demo of its own for those who change what it shows, by name, and the run's Chromium. */
export async function another(name) {
  const { browser } = await kept();
  if (!more.has(name)) more.set(name, startDemo());
  return { demo: await more.get(name), browser };
}

/** The run's { demo, browser }. */
export function kept() {
  started ??= Promise.all([startDemo(), startBrowser()]).then(([demo, browser]) => ({ demo, browser }));
  return started;
}

after(async () => {
  if (!started) return;
  const { demo, browser } = await started.catch(() => ({}));
  await browser?.close();
  for (const one of [demo, ...(await Promise.allSettled(more.values())).map(({ value }) => value)]) await one?.stop();
});
