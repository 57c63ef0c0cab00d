//! Which tables a piece of SQL reads and writes. It knows the SQL this house writes, not all of it.

use std::collections::BTreeSet;

/// The tables a text of SQL names after FROM, JOIN, INTO, UPDATE and the like: those it reads, and
/// those it writes.
pub fn tables(text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
    if !["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| text.contains(verb)) {
        return (reads, writes);
    }
    let words = words(text);
    let mut in_from = false;
    for (nth, word) in words.iter().enumerate() {
        let before = nth.checked_sub(1).map_or("", |before| words[before].as_str());
        let next = words.get(nth + 1).map_or("", String::as_str);
        match word.as_str() {
            "FROM" => {
                in_from = true;
                note(if before == "DELETE" { &mut writes } else { &mut reads }, next);
            }
            "JOIN" | "USING" => note(&mut reads, next),
            "INTO" | "TRUNCATE" => note(&mut writes, next),
            "UPDATE" if !matches!(before, "FOR" | "DO" | "KEY") => note(&mut writes, next),
            "WHERE" | "SELECT" | "SET" | "ORDER" | "GROUP" | "VALUES" | "RETURNING" => {
                in_from = false;
            }
            "," if in_from => note(&mut reads, next),
            _ => {}
        }
    }
    (reads, writes)
}

fn note(into: &mut BTreeSet<String>, word: &str) {
    if word.chars().next().is_some_and(|c| c.is_ascii_lowercase()) {
        into.insert(word.to_owned());
    }
}

fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    let mut word = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
        if !c.is_whitespace() {
            found.push(c.to_string());
        }
    }
    found.push(word);
    found
}

#[test]
fn tables_are_read_and_written() {
    let (reads, writes) = tables(
        "WITH x AS (UPDATE holds h SET a = 1 FROM stock s, sales WHERE h.b = s.b RETURNING h.id)
         INSERT INTO events SELECT id, now() FROM x JOIN orders o USING (id) FOR UPDATE OF o",
    );
    assert_eq!(Vec::from_iter(writes), ["events", "holds"]);
    assert_eq!(Vec::from_iter(reads), ["orders", "sales", "stock", "x"]);
    assert!(tables("choose from holds").0.is_empty());
}
