// Asks the portal's WebAssembly, as the browser runs it, to judge plans: `node wasm.mjs GLUE.mjs BUNDLE.wasm QUESTIONS`, where each line of
// QUESTIONS is the numbers of one plan; prints a line of numbers for each.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [glue, wasm, questions] = process.argv.slice(2);
const { initSync, judge_numbers } = await import(pathToFileURL(glue).href);
initSync({ module: readFileSync(wasm) });
const answers = readFileSync(questions, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => judge_numbers(BigInt64Array.from(line.split(" "), BigInt)).join(" "));
process.stdout.write(`${answers.join("\n")}\n`);
