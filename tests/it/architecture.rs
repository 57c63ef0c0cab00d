//! The house keeps its shape: slices import only downwards, time and HTTP come from one place,
//! files stay readable.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The slices by rank, lowest first, as ARCHITECTURE.md tells them. The composition roots stand
/// above and import what they like.
const RANKS: [&str; 19] = [
    "kernel",
    "platform",
    "events",
    "access",
    "providers",
    "assets",
    "offers",
    "sales",
    "stock",
    "rehearsal",
    "payments",
    "vouchers",
    "orders",
    "fulfilment",
    "redirect",
    "care",
    "statistics",
    "pages",
    "notifications",
];
const ROOTS: [&str; 4] = ["cli", "demo", "http", "worker"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

/// The slices named after `crate::`, braces included.
fn imports(text: &str) -> Vec<String> {
    let mut found = vec![];
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.push(std::mem::take(&mut word)),
                    _ => {}
                }
                if depth == 0 && c != ',' && c != '}' {
                    word.push(c);
                }
            }
            found.push(word);
        } else {
            found.push(rest.to_owned());
        }
    }
    let name = |path: String| {
        path.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>()
    };
    found.into_iter().map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn slices_import_only_those_of_lower_rank() {
    let rank = |name: &str| RANKS.iter().chain(&ROOTS).position(|r| *r == name);
    let mut wrong = vec![];
    let lib = fs::read_to_string(source().join("lib.rs")).unwrap();
    for slice in lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
        assert!(
            rank(slice).is_some(),
            "{slice} has no rank: give it one here and in ARCHITECTURE.md"
        );
    }
    for file in files(&source()) {
        let path = file.strip_prefix(source()).unwrap().to_string_lossy().into_owned();
        let slice = path.split(['/', '.']).next().unwrap().to_owned();
        let Some(own) = rank(&slice) else { continue };
        if ROOTS.contains(&slice.as_str()) {
            continue;
        }
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            if rank(&import).is_some_and(|other| other > own) {
                wrong.push(format!(
                    "src/{path} imports {import}, which stands above {slice}; let an event carry it"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_import_is_seen_however_it_is_written() {
    assert_eq!(
        imports("use crate::{kernel::{Error, Result}, orders, stock::Hold};"),
        ["kernel", "orders", "stock"]
    );
    assert_eq!(imports("crate::pages::theme::render()"), ["pages"]);
}

#[test]
fn no_slice_goes_by_a_name_that_says_nothing() {
    for file in files(&source()) {
        let path = file.to_string_lossy().into_owned();
        for name in
            ["utils", "util", "common", "helpers", "helper", "services", "manager", "core", "misc"]
        {
            assert!(
                !path.ends_with(&format!("/{name}.rs")) && !path.contains(&format!("/{name}/")),
                "{path}: name it for what it owns"
            );
        }
    }
}

#[test]
fn files_can_be_seen_across_and_say_what_they_own() {
    for file in files(&source()) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not say what it owns: begin it with //!",
            file.display()
        );
        let lines = text.lines().count();
        assert!(lines <= 600, "{} has {lines} lines; split it by what it owns", file.display());
    }
}
