// The checks themselves: each must find what it is there for.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { check, newPage, startBrowser } from "./kept.mjs";

const GOOD = '<h1>Your balance</h1><p>290.00</p>';
const PAGES = {
  "/good": GOOD,
  "/wide": `${GOOD}<div id="wide">wide</div>`,
  "/unlabelled": `${GOOD}<input name="amount">`,
  "/inline-script": `${GOOD}<script>document.title = "x"</script>`,
  "/elsewhere": `${GOOD}<img alt="" src="http://127.0.0.2:9/pixel.png">`,
  "/broken": `${GOOD}<script nonce="n">undefinedFunction()</script>`,
};
let server, browser, origin;

before(async () => {
  server = http.createServer((request, response) => {
    const body = PAGES[request.url];
    response.writeHead(body ? 200 : 404, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; img-src * data:; style-src 'nonce-n'; script-src 'nonce-n'",
    });
    response.end(`<!doctype html><html lang="en"><head><title>Kept</title><link rel="icon" href="data:,"><style nonce="n">#wide{width:900px}</style></head><body><main>${body ?? GOOD}</main></body></html>`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  server?.close();
});

for (const [path, js, fault] of [
  ["/good", true, null],
  ["/good", false, null],
  ["/answers-404", true, null],
  ["/wide", true, /scrolls sideways at 320 px/],
  ["/wide", false, /scrolls sideways at 360 px/],
  ["/unlabelled", true, /axe label/],
  ["/unlabelled", false, /axe label/],
  ["/inline-script", true, /Content Security Policy/],
  ["/elsewhere", true, /another origin: http:\/\/127\.0\.0\.2:9/],
  ["/elsewhere", false, /another origin/],
  ["/broken", true, /undefinedFunction is not defined/],
]) {
  test(`${path} ${js ? "with" : "without"} JavaScript ${fault ? "is found out" : "is clean"}`, async () => {
    const page = await newPage(browser, { origin, js });
    try {
      await page.goto(origin + path);
      if (fault) await assert.rejects(check(page), fault);
      else await check(page);
    } finally {
      await page.closeAll();
    }
  });
}
