//! What the export of a person's data is made of.

/// Rows of one kind that an export has at most; docs/limits.md says the same.
pub const EXPORT_ROWS_MAX: i64 = 50_000;

/// One file of an export: what one slice has of a person.
#[derive(Debug, Clone)]
pub struct PersonalFile {
    /// Without its ending, like `orders`.
    pub name: &'static str,
    /// An array of objects, oldest first.
    pub rows: serde_json::Value,
}

impl PersonalFile {
    pub fn new(name: &'static str, rows: serde_json::Value) -> Self {
        Self { name, rows }
    }
}

/// What replaces what a person wrote or was called, once their account is erased.
pub const ERASED: &str = "(erased)";
