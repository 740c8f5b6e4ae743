//! The binary: everything it can do stands in `kept::shell`.

fn main() -> std::process::ExitCode {
    kept::shell::main()
}
