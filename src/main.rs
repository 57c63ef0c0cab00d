//! The `smp` command.

/// Many small pieces are asked for and given back in every request; the system's allocator is the
/// slower for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    smp::cli::main()
}
