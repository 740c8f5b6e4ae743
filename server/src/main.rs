//! The binary: everything it can do stands in `kept::shell`.

/// Measured: the account page takes an eighth less of the processor than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    kept::shell::main()
}
