// Brings the page's islands to life. Nothing here is needed to pay, dispute or promise: when the WebAssembly does not arrive,
// the page stays as the server made it.
import load, * as bundle from "./BUNDLE_JS";
const loaded = await load({ module_or_path: new URL("./BUNDLE_WASM", import.meta.url) }).catch(() => null);
if (loaded) {
  bundle.hydrate();
  // In document order, so that an island is awake before those inside it; children made on the server first take back their island's context.
  for (const island of document.querySelectorAll("leptos-island")) {
    island.parentElement.closest("leptos-children")?.$$on_hydrate?.();
    bundle[island.dataset.component]?.(island);
  }
  document.documentElement.dataset.awake = "";
}
