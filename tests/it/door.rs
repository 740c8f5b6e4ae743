//! What holds at every door: it is open, it serves the browser's part, and what is not there is not found.

use kept_tests::{Answer, both};
use reqwest::Method;

both!(a_fresh_kept_is_ready, async |kept| {
    let visitor = kept.visitor();
    visitor.get("/healthz").await.expect(200);
    visitor.get("/readyz").await.expect(200);
    visitor.get("/no-such-page").await.expect(404);
});

both!(public_files_are_served, async |kept| {
    let visitor = kept.visitor();
    let robots = visitor.get("/robots.txt").await.expect(200).sees("Disallow: /");
    assert_eq!(robots.header("x-content-type-options").as_deref(), Some("nosniff"));
    let icon = visitor.get("/favicon.svg").await.expect(200);
    assert_eq!(icon.header("content-type").as_deref(), Some("image/svg+xml"));
    Answer::to(kept.program().request(Method::GET, "/pkg/nothing.wasm")).await.expect(404);
});
