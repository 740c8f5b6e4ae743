// Runs every *.test.mjs of this directory in one process, so that they share one demo: `node run.mjs [part of a file's name]`.
import { readdirSync } from "node:fs";

const here = new URL(".", import.meta.url);
const wanted = process.argv[2] ?? "";
const files = readdirSync(here).filter((name) => name.endsWith(".test.mjs") && name.includes(wanted)).sort();
if (files.length === 0) throw new Error(`no test file has "${wanted}" in its name`);
for (const file of files) await import(new URL(file, here));
