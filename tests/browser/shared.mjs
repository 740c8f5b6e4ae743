// One demo and one Chromium for all the tests of a run; started when first asked for, ended with the run.
import { after } from "node:test";
import { startBrowser, startDemo } from "./kept.mjs";

let started;

/** The run's { demo, browser }. */
export function kept() {
  started ??= Promise.all([startDemo(), startBrowser()]).then(([demo, browser]) => ({ demo, browser }));
  return started;
}

after(async () => {
  if (!started) return;
  const { demo, browser } = await started.catch(() => ({}));
  await browser?.close();
  await demo?.stop();
});
