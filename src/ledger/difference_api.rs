//! The API of what differs from the ledger, for SMP's finance.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde_json::json;
use time::OffsetDateTime;

use super::difference::{self, DifferenceKind, DifferenceState, LedgerDifference};
use crate::{
    access::{Staff, Tag, audit},
    kernel::{
        FieldErrors, Input, LedgerDifferenceId, Money, Page, PageQuery, Result, TenantId,
        limits::REASON_CHARS_MAX, validate,
    },
    platform::Platform,
};

pub struct LedgerDifferencesApi {
    pub platform: Platform,
}

/// Something that does not agree with SMP's books.
#[derive(Object)]
#[oai(rename = "LedgerDifference")]
struct LedgerDifferenceView {
    id: LedgerDifferenceId,
    /// `ledger`: the recount of the books; otherwise the gateway whose own report differs.
    source: String,
    kind: DifferenceKind,
    /// A transfer's key, the id of a payment, refund or provider, or the gateway's own id.
    subject: String,
    /// By SMP's books; null: nothing was expected.
    expected: Option<Money>,
    /// Null: nothing was found.
    found: Option<Money>,
    state: DifferenceState,
    /// Why, in finance's words; null while it is open.
    note: Option<String>,
    found_at: OffsetDateTime,
    explained_at: Option<OffsetDateTime>,
}

impl From<LedgerDifference> for LedgerDifferenceView {
    fn from(found: LedgerDifference) -> Self {
        let money = |amount: Option<i64>| amount.map(|amount| Money::new(amount, &found.currency));
        Self {
            id: found.id,
            expected: money(found.expected_minor),
            found: money(found.found_minor),
            source: found.source,
            kind: found.kind,
            subject: found.subject,
            state: found.state,
            note: Some(found.note).filter(|note| !note.is_empty()),
            found_at: found.found_at,
            explained_at: found.explained_at,
        }
    }
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct DifferenceExplanation {
    /// Why there is a difference, and what was done about it: 1 to 1,000 characters.
    note: String,
}

#[OpenApi(tag = "Tag::Ledger")]
impl LedgerDifferencesApi {
    /// What differs from SMP's books
    ///
    /// What the recount of the ledger found, and where a gateway's own report says something else, the newest
    /// first. It stays open until somebody notes why.
    #[oai(path = "/ledger-differences", method = "get", operation_id = "ledger_difference_list")]
    async fn ledger_difference_list(
        &self,
        _staff: Staff,
        state: Query<Option<DifferenceState>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<LedgerDifferenceView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.platform("ledger differences").await?;
        let found = difference::list(&mut tx, state.0, &page).await?;
        Ok(Json(page.page(found, |one| (one.found_at, one.id.0), Into::into)))
    }

    /// Explain a difference
    ///
    /// Notes why something differs; a note that it had is replaced. Nothing is moved by it.
    #[oai(
        path = "/ledger-differences/:difference/note",
        method = "put",
        operation_id = "ledger_difference_explain"
    )]
    async fn ledger_difference_explain(
        &self,
        staff: Staff,
        difference: Path<LedgerDifferenceId>,
        body: Input<DifferenceExplanation>,
    ) -> Result<Json<LedgerDifferenceView>> {
        let mut fields = FieldErrors::default();
        let note = validate::text(&mut fields, "note", &body.note, 1, REASON_CHARS_MAX);
        fields.finish()?;
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("explain difference").await?;
        let by = staff.0.account.id;
        let explained = difference::explain(&mut tx, difference.0, by, &note, now).await?;
        let details = json!({
            "source": explained.source,
            "subject": explained.subject,
            "note": note,
        });
        audit::record(
            &mut tx,
            staff.actor(),
            TenantId::PLATFORM,
            "ledger_difference_explain",
            &format!("ledger difference {}", difference.0),
            &details,
        )
        .await?;
        tx.commit().await?;
        Ok(Json(explained.into()))
    }
}
