//! Edits that do not overwrite each other: an edit is refused when it was made from a version that is
//! not the newest.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::accounts;
use crate::kernel::{AccountId, ChangedMeanwhile, Error, Result, SeenVersion};

/// The newest version of something that several people edit, and who made it.
#[derive(Debug, Clone, Copy)]
pub struct LastEdit {
    pub version: i32,
    pub edited_by: Option<Uuid>,
    pub edited_at: Option<OffsetDateTime>,
}

impl LastEdit {
    /// Refuses an edit made from another version, unless it changes nothing: so the repetition of an
    /// edit whose answer was lost succeeds. `fields` are those in which it differs from what is stored.
    pub async fn require(
        &self,
        conn: &mut PgConnection,
        seen: SeenVersion,
        fields: &[&str],
    ) -> Result<()> {
        if seen.0 == self.version || fields.is_empty() {
            return Ok(());
        }
        let by = match self.edited_by.map(AccountId) {
            Some(id) => accounts::names(conn, &[id]).await?.remove(&id),
            None => None,
        };
        Err(Error::Changed(Box::new(ChangedMeanwhile {
            version: self.version,
            by,
            at: self.edited_at,
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
        })))
    }
}

/// The names of the fields that differ, of pairs of a name and whether it does.
pub fn differing(fields: &[(&'static str, bool)]) -> Vec<&'static str> {
    fields.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect()
}
