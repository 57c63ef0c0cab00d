//! The house keeps its shape. Slices import only slices below them, through their `mod.rs`; no slice
//! has an import circle; a table has one owner; a type name means one thing; files and functions
//! stay readable.

mod modules;
mod owners;
mod sql;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use modules::{SourceFile, sources};
use owners::OWNERS;

/// The slices by rank, lowest first, as ARCHITECTURE.md lists them.
const RANKS: &[&str] = &[
    "kernel",
    "platform",
    "events",
    "access",
    "providers",
    "contracts",
    "assets",
    "vetting",
    "offers",
    "sales",
    "stock",
    "reviews",
    "rehearsal",
    "pricing",
    "ledger",
    "payments",
    "payouts",
    "vouchers",
    "orders",
    "checkouts",
    "fulfilment",
    "redemptions",
    "invoices",
    "statements",
    "redirect",
    "care",
    "statistics",
    "privacy",
    "pages",
    "notifications",
    "jobs",
];
/// The composition roots stand above the slices and import what they like.
const ROOTS: [&str; 3] = ["cli", "http", "worker"];

/// CONTRIBUTING.md states both limits; clippy holds functions to theirs as well.
const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 100;

/// Submodules that are namespaces of their slice: their names are part of its interface.
const NAMESPACES: [(&str, &[&str]); 4] = [
    // Types and functions that every slice uses, by the noun they belong to.
    (
        "kernel",
        &[
            "clock", "error", "ids", "input", "keyring", "limits", "money", "output", "paging",
            "personal", "token", "validate", "wording",
        ],
    ),
    // One adapter each.
    (
        "platform",
        &[
            "broker",
            "config",
            "db",
            "embedded_postgres",
            "hot_path",
            "mailer",
            "objects",
            "paper",
            "rate_limiter",
            "retention",
            "sms",
            "telemetry",
            "timekeeper",
            "urls",
        ],
    ),
    // `audit::record`, `accounts::create`: functions that read best with their noun.
    (
        "access",
        &[
            "account_tokens",
            "accounts",
            "address_change",
            "api_keys",
            "audit",
            "caller",
            "credentials",
            "devices",
            "edits",
            "external_identities",
            "factor_store",
            "identity_providers",
            "language",
            "limits",
            "members",
            "passkeys",
            "phones",
            "policy",
            "preferences",
            "profile",
            "recovery",
            "second_factor",
            "second_step",
            "sessions",
            "sign_in_methods",
            "sign_in",
            "sign_up",
            "verification",
        ],
    ),
    // The trait of gateways, and what it speaks of.
    ("payments", &["gateway"]),
];

/// Tables that a slice reads though another owns them, each with the reason.
const FOREIGN_READS: [(&str, &str, &str); 57] = [
    ("ledger", "payments", "the recount compares them with what was posted, in one statement"),
    ("ledger", "refunds", "the recount compares them with what was posted, in one statement"),
    ("ledger", "providers", "names beside rules and entries, and whose balances are recounted"),
    ("ledger", "sales", "the kind of a sale decides its rule of commission, in one statement"),
    ("payouts", "providers", "pages over providers with and without an account"),
    ("payouts", "orders", "the number by which people know a disputed order"),
    ("payments", "orders", "what is a person's is found by their orders, which have an index"),
    ("invoices", "orders", "what is a person's is found by their orders, which have an index"),
    ("vouchers", "orders", "what is a person's is found by their orders, which have an index"),
    ("orders", "refunds", "units on their way back, and refunds that failed, with their orders"),
    ("orders", "disputes", "refunds that failed leave the list when a bank paid them back"),
    ("orders", "payments", "refunds that failed by their gateway; whose cash is to be collected"),
    ("statements", "ledger_entries", "what no statement pays yet, with its evidence, in one query"),
    ("statements", "ledger_transfers", "what an entry follows from, and when it was posted"),
    ("statements", "provider_payables", "who is owed something, and how much"),
    ("statements", "orders", "the number and the confirmation of what an entry is for"),
    ("statements", "parcels", "the state of what an entry is for"),
    ("statements", "order_lines", "whether an entry is for goods"),
    ("statements", "shipments", "when a parcel was shipped"),
    ("statements", "shipment_events", "when a parcel was delivered"),
    ("statements", "disputes", "an entry waits for its order's dispute"),
    ("statements", "refunds", "an entry waits for its parcel's refund"),
    ("events", "sales", "nobody is told of what happens in a rehearsal"),
    ("jobs", "events", "what kind of event a failing job delivers"),
    (
        "access",
        "providers",
        "API keys, sessions and audit entries say whose they are, in one query",
    ),
    ("vetting", "providers", "leads and the queue follow the provider's state, in one query"),
    ("checkouts", "holds", "finds checkouts that have none left, in one statement"),
    ("pages", "holds", "the cart and what a shopper holds, in one query"),
    ("pages", "orders", "the cart, and the address of the last order"),
    ("pages", "order_lines", "the cart tells held units from ordered ones"),
    ("pages", "sales", "the cart, previews and access points, in one query"),
    ("pages", "feedback", "whether an order has feedback already"),
    ("pages", "messages", "the development outbox"),
    ("pages", "accounts", "the name of the person who previews"),
    ("pages", "providers", "previews and the seller of a sale"),
    ("pages", "revisions", "previews show a revision"),
    ("pages", "access_points", "where an access point leads"),
    ("pages", "favourites", "what a visitor likes, in one batch with the rest"),
    ("pages", "sale_reminders", "what a shopper is reminded of, in one batch with the rest"),
    ("pages", "registrations", "what a shopper registered for, in one batch with the rest"),
    ("sales", "providers", "suspended sellers leave lists and mailings"),
    ("sales", "stock", "levels shown with a sale, and the filter for sold-out sales"),
    ("sales", "items", "names for the monitor of stock"),
    ("stock", "items", "the name shown with a hold"),
    ("stock", "sales", "leaves rehearsals out where the clocks of holds follow their sales"),
    ("stock", "registrations", "read with the group; a second statement would cost a round trip"),
    ("statistics", "providers", "reports across slices"),
    ("statistics", "revisions", "reports across slices"),
    ("statistics", "sales", "reports across slices"),
    ("statistics", "stock", "reports across slices"),
    ("statistics", "holds", "reports across slices"),
    ("statistics", "parcels", "reports across slices"),
    ("statistics", "offers", "reports across slices"),
    ("statistics", "registrations", "reports across slices"),
    ("statistics", "access_points", "reports across slices"),
    ("statistics", "items", "reports across slices"),
    ("statistics", "sale_items", "reports across slices"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rank(slice: &str) -> Option<usize> {
    RANKS.iter().chain(&ROOTS).position(|name| *name == slice)
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_slice_has_a_rank() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for slice in lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
        assert!(rank(slice).is_some(), "give {slice} a rank here and in ARCHITECTURE.md");
    }
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let listed: Vec<&str> = map
        .split_once("```")
        .unwrap()
        .1
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| RANKS.contains(word))
        .collect();
    assert_eq!(listed, RANKS, "ARCHITECTURE.md lists the slices in the order of their ranks");
}

#[test]
fn slices_import_only_those_below_them() {
    let mut found = vec![];
    for file in sources() {
        let Some(own) = rank(&file.slice).filter(|_| !ROOTS.contains(&file.slice.as_str())) else {
            continue;
        };
        for path in &file.paths {
            if let [first, slice, ..] = path.as_slice()
                && first == "crate"
                && rank(slice).is_some_and(|other| other > own)
            {
                found.push(format!(
                    "{} imports {slice}, which stands above {}; let an event carry it",
                    file.name, file.slice
                ));
            }
        }
    }
    assert_none(&found);
}

#[test]
fn a_slice_is_reached_only_through_its_mod_rs() {
    let mut found = vec![];
    for file in sources().iter().filter(|file| file.is_slice_root()) {
        let allowed = NAMESPACES.iter().find(|(slice, _)| *slice == file.slice);
        for name in &file.public_modules {
            if !allowed.is_some_and(|(_, names)| names.contains(&name.as_str())) {
                found.push(format!(
                    "{} makes `{name}` public; re-export what others need of it instead",
                    file.name
                ));
            }
        }
    }
    assert_none(&found);
}

#[test]
fn no_slice_has_an_import_circle() {
    let files = sources();
    let mut slices: BTreeMap<&str, Vec<&SourceFile>> = BTreeMap::new();
    for file in &files {
        slices.entry(&file.slice).or_default().push(file);
    }
    let mut found = vec![];
    for (slice, files) in slices {
        for circle in modules::circles(&files) {
            found.push(format!("{slice}: {}", circle.join(" → ")));
        }
    }
    assert_none(&found);
}

#[test]
fn a_table_has_one_owner_and_foreign_reads_a_reason() {
    let owner = |table: &str| {
        OWNERS.iter().find(|(_, tables)| tables.contains(&table)).map(|(slice, _)| *slice)
    };
    let mut found = vec![];
    for table in migrated_tables() {
        if owner(&table).is_none() {
            found.push(format!("the table {table} has no owner: name one in OWNERS"));
        }
    }
    let mut used = BTreeSet::new();
    for file in sources() {
        for text in &file.strings {
            let (reads, writes) = sql::tables(text);
            for table in writes {
                if owner(&table).is_some_and(|owner| owner != file.slice) {
                    found.push(format!("{} writes {table}: call its owner's function", file.name));
                }
            }
            for table in reads {
                let foreign = owner(&table).is_some_and(|owner| owner != file.slice);
                let reason = |listed: &(&str, &str, &str)| {
                    listed.0 == file.slice && listed.1 == table.as_str()
                };
                match FOREIGN_READS.iter().position(reason) {
                    Some(nth) if foreign => drop(used.insert(nth)),
                    None if foreign => found.push(format!(
                        "{} reads {table}: ask its owner, or list it in FOREIGN_READS with the reason",
                        file.name
                    )),
                    _ => {}
                }
            }
        }
    }
    for (nth, (slice, table, _)) in FOREIGN_READS.iter().enumerate() {
        if !used.contains(&nth) {
            found.push(format!("{slice} does not read {table} any more: take it from the list"));
        }
    }
    assert_none(&found);
}

/// The tables that the migrations create.
fn migrated_tables() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root().join("migrations")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for rest in text.split("CREATE TABLE ").skip(1) {
            let name = rest.trim_start_matches("IF NOT EXISTS ");
            found.insert(name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn a_type_name_means_one_thing() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in sources() {
        for name in &file.types {
            places.entry(name.clone()).or_default().push(file.name.clone());
        }
    }
    places.retain(|_, files| files.len() > 1);
    let found: Vec<String> =
        places.iter().map(|(name, files)| format!("{name}: {}", files.join(", "))).collect();
    assert_none(&found);
}

#[test]
fn files_and_functions_stay_readable_and_files_say_what_they_own() {
    let mut found = vec![];
    for file in sources() {
        if !file.text.starts_with("//!") {
            found.push(format!("{} does not say what it owns: begin it with //!", file.name));
        }
        for (function, lines) in &file.functions {
            if *lines > FUNCTION_LINES_MAX {
                found.push(format!("{}: {function} has {lines} lines", file.name));
            }
        }
    }
    for folder in ["src", "tests/it", "benches"] {
        for (name, text) in modules::rust_files(&root().join(folder)) {
            let lines = text.lines().count();
            if lines > FILE_LINES_MAX {
                found.push(format!("{name} has {lines} lines; split it by what it owns"));
            }
        }
    }
    assert_none(&found);
    let contributing = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    for limit in [FILE_LINES_MAX, FUNCTION_LINES_MAX] {
        assert!(
            contributing.contains(&format!("{limit} lines")),
            "CONTRIBUTING.md does not state the limit of {limit} lines"
        );
    }
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    for (name, _) in modules::rust_files(&root().join("src")) {
        for vague in ["utils", "util", "common", "helpers", "helper", "services", "manager", "core"]
        {
            assert!(
                !name.ends_with(&format!("/{vague}.rs")) && !name.contains(&format!("/{vague}/")),
                "{name}: name it for what it owns"
            );
        }
    }
}
