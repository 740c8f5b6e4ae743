//! Makes the browser's two bundles (portal and console) and embeds them, so that `cargo run` is the whole set-up.
//!
//! Each of `app/portal` and `app/console` is compiled to WebAssembly in a target directory of its own, given its JavaScript by wasm-bindgen,
//! shrunk by `wasm-opt` where that is installed, compressed, and named by its content. `KEPT_SKIP_BUNDLE=1` leaves the bundles out.

use std::collections::BTreeSet;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

type Outcome<T> = Result<T, Box<dyn Error>>;

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const BUNDLES: [&str; 2] = ["portal", "console"];

/// What rustc emits for wasm32 today; `wasm-opt` refuses instructions that it was not told of.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

fn main() -> ExitCode {
    match bundle_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "\nThe browser's part of Kept could not be built: {error}\n(KEPT_SKIP_BUNDLE=1 builds the server without it; its pages then work as they do with JavaScript off.)"
            );
            ExitCode::FAILURE
        }
    }
}

fn bundle_all() -> Outcome<()> {
    let server = PathBuf::from(required("CARGO_MANIFEST_DIR")?);
    let root = server.parent().ok_or("the server has no parent directory")?.to_path_buf();
    let out = PathBuf::from(required("OUT_DIR")?);

    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=KEPT_SKIP_BUNDLE");
    println!("cargo:rerun-if-env-changed=KEPT_WASM_OPT");
    for path in ["Cargo.toml", "Cargo.lock", "app"] {
        println!("cargo:rerun-if-changed={}", root.join(path).display());
    }

    // Files of earlier contents would otherwise pile up beside this one's.
    fs::remove_dir_all(&out)?;
    fs::create_dir_all(&out)?;
    let mut files = Vec::new();
    let mut tables = String::new();
    let skip = std::env::var("KEPT_SKIP_BUNDLE").is_ok_and(|value| !value.is_empty() && value != "0");
    if !skip {
        require_wasm_target(&root)?;
    }
    for name in BUNDLES {
        let urls = if skip { BundleUrls::default() } else { make_bundle(name, &root, &out, &mut files)? };
        writeln!(
            tables,
            "pub(super) static {}: Bundle = Bundle {{ boot_js_path: {:?}, js_path: {:?}, wasm_path: {:?} }};",
            name.to_uppercase(),
            urls.boot_js,
            urls.js,
            urls.wasm
        )?;
    }
    writeln!(tables, "pub(super) static FILES: &[File] = &[")?;
    for file in &files {
        writeln!(
            tables,
            "    File {{ name: {:?}, content_type: {:?}, identity: include_bytes!({:?}), brotli: include_bytes!({:?}) }},",
            file.name, file.content_type, file.identity, file.brotli
        )?;
    }
    writeln!(tables, "];")?;
    fs::write(out.join("bundle.rs"), tables)?;
    Ok(())
}

#[derive(Default)]
struct BundleUrls {
    boot_js: String,
    js: String,
    wasm: String,
}

struct Embedded {
    name: String,
    content_type: &'static str,
    identity: PathBuf,
    brotli: PathBuf,
}

fn make_bundle(name: &str, root: &Path, out: &Path, files: &mut Vec<Embedded>) -> Outcome<BundleUrls> {
    let compiled = compile(name, root, &main_target_dir(out).join("bundle"))?;

    tell(&format!("{name}: joining JavaScript and WebAssembly"));
    let mut output = Bindgen::new()
        .input_path(&compiled)
        .web(true)?
        .out_name(name)
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .map_err(|error| format!("wasm-bindgen on {}: {error:#}", compiled.display()))?;
    if output.snippets().values().any(|snippets| !snippets.is_empty()) || !output.local_modules().is_empty() {
        return Err(format!("{name} imports JavaScript files of its own, which are not embedded").into());
    }
    let js = strip_comments(output.js());
    let wasm = shrink(&output.wasm_mut().emit_wasm(), name, root, out)?;

    tell(&format!("{name}: compressing"));
    let wasm_name = embed(name, "wasm", "application/wasm", &wasm, out, files)?;
    let js_name = embed(name, "js", "text/javascript; charset=utf-8", js.as_bytes(), out, files)?;
    let boot = include_str!("src/boot.js").replace("BUNDLE_JS", &js_name).replace("BUNDLE_WASM", &wasm_name);
    let boot_name = embed(
        &format!("{name}-boot"),
        "js",
        "text/javascript; charset=utf-8",
        strip_comments(&boot).as_bytes(),
        out,
        files,
    )?;
    tell("");
    Ok(BundleUrls {
        boot_js: format!("/pkg/{boot_name}"),
        js: format!("/pkg/{js_name}"),
        wasm: format!("/pkg/{wasm_name}"),
    })
}

/// Compiles one of the browser's crates and returns the path of its `.wasm`.
fn compile(name: &str, root: &Path, target_dir: &Path) -> Outcome<PathBuf> {
    tell(&format!("{name}: compiling for the browser"));
    let mut cargo = Command::new(required("CARGO")?);
    cargo
        .current_dir(root)
        .args([
            "rustc",
            "--package",
            &format!("kept-{name}"),
            "--lib",
            "--crate-type",
            "cdylib",
            "--features",
            "hydrate",
        ])
        .args(["--profile", "bundle", "--target", WASM_TARGET, "--target-dir"])
        .arg(target_dir)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    for key in leaked_variables() {
        cargo.env_remove(key);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", short_paths());
    let mut child = cargo.spawn().map_err(|error| format!("cargo does not start: {error}"))?;
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines() {
            let line = line?;
            eprintln!("{line}");
            if line.trim_start().starts_with("Compiling") {
                tell(&format!("{name}: {}", line.trim()));
            }
        }
    }
    if !child.wait()?.success() {
        return Err(format!("app/{name} does not compile for {WASM_TARGET} (cargo's words stand above)").into());
    }
    Ok(target_dir.join(WASM_TARGET).join("bundle").join(format!("kept_{name}.wasm")))
}

/// The flag that shortens the source paths which panics name: less to download, and nothing of the builder's home in it.
fn short_paths() -> String {
    let given = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = given.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    format!("--remap-path-prefix={}=", home.join("registry/src").display())
}

/// What the outer cargo (or clippy, or a coverage tool) sets for its own build and must not reach the inner one.
/// How to reach the registry and where the caches are is kept.
fn leaked_variables() -> BTreeSet<OsString> {
    const KEPT: [&str; 5] = ["CARGO_HOME", "CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTR", "CARGO_SOURCE_"];
    const OTHERS: [&str; 11] = [
        "RUSTC",
        "RUSTDOC",
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_LINKER",
        "CLIPPY_ARGS",
        "CLIPPY_CONF_DIR",
        "MAKEFLAGS",
        "MFLAGS",
        "DEBUG",
    ];
    std::env::vars_os()
        .map(|(key, _)| key)
        .filter(|key| {
            let key = key.to_string_lossy();
            OTHERS.contains(&key.as_ref())
                || (key.starts_with("CARGO") && !KEPT.iter().any(|kept| key.starts_with(kept)))
        })
        .collect()
}

/// The target directory that the outer cargo works in: the nearest directory above `OUT_DIR` that cargo has marked as one.
fn main_target_dir(out: &Path) -> &Path {
    out.ancestors().find(|dir| dir.join("CACHEDIR.TAG").is_file()).or_else(|| out.ancestors().nth(4)).unwrap_or(out)
}

fn require_wasm_target(root: &Path) -> Outcome<()> {
    if has_wasm_target(root)? {
        return Ok(());
    }
    tell(&format!("rustup adds the target {WASM_TARGET}"));
    let added = Command::new("rustup").current_dir(root).args(["target", "add", WASM_TARGET]).status();
    if added.is_ok_and(|status| status.success()) && has_wasm_target(root)? {
        return Ok(());
    }
    Err(format!("this Rust has no {WASM_TARGET}. Add it with `rustup target add {WASM_TARGET}`, or with your system's packages (Debian: libstd-rust-dev-wasm32)").into())
}

fn has_wasm_target(root: &Path) -> Outcome<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc)
        .current_dir(root)
        .args(["--print", "sysroot"])
        .output()
        .map_err(|error| format!("rustc does not start: {error}"))?;
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(Path::new(&sysroot).join("lib/rustlib").join(WASM_TARGET).join("lib").is_dir())
}

/// The module as small as `wasm-opt` makes it; as it is where that is missing or too old (a third larger, and works the same).
fn shrink(wasm: &[u8], name: &str, root: &Path, out: &Path) -> Outcome<Vec<u8>> {
    let (before, after) = (out.join(format!("{name}.before.wasm")), out.join(format!("{name}.after.wasm")));
    fs::write(&before, wasm)?;
    let beside = root.join("tests/browser/node_modules/.bin/wasm-opt");
    let given = std::env::var_os("KEPT_WASM_OPT").filter(|path| !path.is_empty()).map(PathBuf::from);
    for program in given.into_iter().chain([PathBuf::from("wasm-opt"), beside]) {
        tell(&format!("{name}: shrinking"));
        let run = Command::new(&program)
            .arg("-Oz")
            .args(WASM_FEATURES)
            .args(["--strip-debug", "--strip-producers", "--strip-target-features", "-o"])
            .args([&after, &before])
            .output();
        match run {
            Ok(run) if run.status.success() => return Ok(fs::read(&after)?),
            Ok(run) => eprintln!("{} was of no use: {}", program.display(), String::from_utf8_lossy(&run.stderr)),
            Err(error) => eprintln!("{}: {error}", program.display()),
        }
    }
    Ok(wasm.to_vec())
}

/// Drops indentation and whole-line comments: what is easy, and safe because the generated code has no string over several lines.
fn strip_comments(js: &str) -> String {
    let mut in_comment = false;
    let mut stripped = String::with_capacity(js.len());
    for line in js.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            stripped.push_str(line);
            stripped.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    stripped
}

/// Writes the file's two forms, and returns the name it is served by: its stem, 16 hex digits of its SHA-256, its extension.
fn embed(
    stem: &str,
    extension: &str,
    content_type: &'static str,
    content: &[u8],
    out: &Path,
    files: &mut Vec<Embedded>,
) -> Outcome<String> {
    let digest = hex::encode(Sha256::digest(content));
    let name = format!("{stem}.{}.{extension}", digest.get(..16).unwrap_or(&digest));
    let (identity, brotli) = (out.join(&name), out.join(format!("{name}.br")));
    fs::write(&identity, content)?;
    let params =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: content.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &*content, &mut File::create(&brotli)?, &params)?;
    files.push(Embedded { name: name.clone(), content_type, identity, brotli });
    Ok(name)
}

fn required(key: &str) -> Outcome<OsString> {
    std::env::var_os(key).ok_or_else(|| format!("cargo did not set {key}").into())
}

/// Tells a person at the terminal what is being done: cargo hides what a build script prints, and minutes of silence look like a hang.
fn tell(what: &str) {
    if let Ok(mut terminal) = OpenOptions::new().write(true).open("/dev/tty") {
        let line = if what.is_empty() { "\r\x1b[K".to_owned() } else { format!("\r\x1b[K    Bundling {what}\r") };
        // A terminal that went away is no reason to stop.
        let _ = terminal.write_all(line.as_bytes());
    }
}
