//! The `smp` command.

fn main() -> std::process::ExitCode {
    smp::cli::main()
}
