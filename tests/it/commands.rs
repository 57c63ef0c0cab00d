//! Commands of `smp` as an operator runs them.

use std::{path::PathBuf, process::Command};

/// An empty folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("smp-commands-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> std::process::Output {
        Command::new(env!("CARGO_BIN_EXE_smp"))
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .output()
            .unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_command_that_reads_makes_nothing_where_nothing_is() {
    let folder = Folder::new();
    for arguments in [
        &["stock", "check"][..],
        &["receipt", "write", "--sale", "bowls"],
        &["rehearse", "--sale", "bowls", "--shoppers", "5", "--units", "1"],
        &["tenants", "apply", "."],
        &["account", "list"],
        &["account", "grant", "--email", "ada@smp.example", "--role", "admin"],
    ] {
        let done = folder.run(arguments);
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(!done.status.success(), "{arguments:?}");
        assert!(
            said.contains("there is no installation in ") && said.contains("SMP_DATA"),
            "{said}"
        );
    }
    assert!(!folder.run(&["openapi", "--check"]).status.success());
    assert!(!folder.run(&["receipt", "verify", "receipt.ndjson"]).status.success());
    let made: Vec<_> = std::fs::read_dir(&folder.0).unwrap().collect();
    assert!(made.is_empty(), "{made:?}");
}
