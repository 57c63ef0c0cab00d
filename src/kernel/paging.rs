//! Pages of results: newest first, continued by an opaque cursor over (time, id), so that no row is
//! skipped or repeated.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poem_openapi::{
    Object,
    types::{ParseFromJSON, ToJSON, Type},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Error, FieldError, limits::CURSOR_BYTES_MAX};

/// Rows on a page by default.
pub const LIMIT_DEFAULT: u32 = 25;
/// Rows on a page at most.
pub const LIMIT_MAX: u32 = 100;

/// One page of a list.
#[derive(Debug, Object)]
pub struct Page<T: ParseFromJSON + ToJSON + Type> {
    pub items: Vec<T>,
    /// Pass it as `cursor` to get the next page; null on the last page.
    pub next_cursor: Option<String>,
}

/// The last row of the previous page: the next page starts with older rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: OffsetDateTime,
    pub id: Uuid,
}

/// Where a page starts, and how many rows it has.
#[derive(Debug, Clone, Copy)]
pub struct PageQuery {
    pub cursor: Option<Cursor>,
    pub limit: u32,
}

impl PageQuery {
    pub fn new(cursor: Option<&str>, limit: Option<u32>) -> Result<Self, Error> {
        let limit = limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(FieldError::new(
                "limit",
                format!("Must be from 1 to {LIMIT_MAX}; this is {limit}"),
            )
            .into());
        }
        let cursor = cursor.filter(|c| !c.is_empty()).map(Cursor::decode).transpose()?;
        Ok(Self { cursor, limit })
    }

    /// The time to bind in `(created_at, id) < ($1, $2)`, far in the future on the first page.
    pub fn before_at(&self) -> OffsetDateTime {
        self.cursor.map_or(time::macros::datetime!(9999-01-01 0:00 UTC), |c| c.at)
    }

    /// The id to bind beside [`Self::before_at`].
    pub fn before_id(&self) -> Uuid {
        self.cursor.map_or(Uuid::max(), |c| c.id)
    }

    /// How many rows to select: one more than the page, to know whether there is a next one.
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// A page of the selected rows: drops the extra row and makes the cursor from the last row kept.
    pub fn page<R, T: ParseFromJSON + ToJSON + Type>(
        &self,
        rows: Vec<R>,
        key: impl Fn(&R) -> (OffsetDateTime, Uuid),
        map: impl FnMut(R) -> T,
    ) -> Page<T> {
        let (rows, next_cursor) = self.cut(rows, key);
        Page { items: rows.into_iter().map(map).collect(), next_cursor }
    }

    /// The rows of the page and the cursor to the next page, for rows that are mapped together.
    pub fn cut<R>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> (OffsetDateTime, Uuid),
    ) -> (Vec<R>, Option<String>) {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|row| {
            let (at, id) = key(row);
            Cursor { at, id }.encode()
        });
        (rows, next_cursor)
    }
}

impl Cursor {
    fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {}", self.at.unix_timestamp_nanos() / 1000, self.id))
    }

    fn decode(text: &str) -> Result<Self, Error> {
        let parse = || {
            if text.len() > CURSOR_BYTES_MAX {
                return None;
            }
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            let (micros, id) = text.split_once(' ')?;
            let at = OffsetDateTime::from_unix_timestamp_nanos(
                micros.parse::<i128>().ok()?.checked_mul(1000)?,
            )
            .ok()?;
            // Of what is stored, nothing is older; what Postgres cannot store is no cursor either.
            (at >= OffsetDateTime::UNIX_EPOCH).then_some(Self { at, id: id.parse().ok()? })
        };
        let refused = "Is not a cursor of this list; leave it out to start again";
        parse().ok_or_else(|| Error::Unreadable(vec![FieldError::new("cursor", refused)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_round_trips_and_noise_is_refused() {
        let cursor = Cursor {
            at: time::macros::datetime!(2026-03-01 12:30:15.123456 UTC),
            id: Uuid::now_v7(),
        };
        assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let id = Uuid::nil();
        for noise in [
            "noise".to_owned(),
            "=".to_owned(),
            cursor.encode() + "=",
            "A".repeat(60_000),
            encoded("0"),
            encoded("0 no-uuid"),
            encoded(&format!("{} {id}", i128::MAX)),
            encoded(&format!("-377705116800000000 {id}")),
            encoded(&format!("99999999999999999999 {id}")),
            URL_SAFE_NO_PAD.encode([0xff, 0x20, 0x00]),
        ] {
            assert!(matches!(Cursor::decode(&noise), Err(Error::Unreadable(_))), "{noise}");
        }
        assert!(PageQuery::new(None, Some(0)).is_err());
        assert!(PageQuery::new(None, Some(101)).is_err());
    }
}
