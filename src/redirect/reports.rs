//! The table of reports: what a provider sent, as it was received.

use poem_openapi::Object;
use serde_json::Value;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;

use super::{
    codes,
    report::NewReport,
    rules::{ReceivedReport, Said, Stands, Update},
    states::{Channel, ReportKind, Standing},
    unreadable::SentRequest,
};
use crate::kernel::{
    ClickOutId, Keyring, PageQuery, ReportId, Result, TenantId, limits::REFERENCE_CHARS_MAX, token,
};

/// Longest text of a field that is kept, in characters: a report that is refused for its length is
/// kept, too.
const FIELD_CHARS_MAX: usize = 2_000;

/// What a provider reported, as it was received.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ReceivedReport")]
pub struct ReportView {
    pub id: ReportId,
    pub kind: ReportKind,
    /// The provider's own order number; empty when none was sent that can be one.
    pub reference: String,
    /// The provider's own id of an update or a reversal.
    pub own_reference: String,
    pub channel: Channel,
    pub standing: Standing,
    /// Why it is not matched, or what to look at.
    pub problem: Option<String>,
    /// What was sent, by field; a code is left out. Empty when `request` has it.
    pub fields: Value,
    /// What was sent, of a postback that cannot be read.
    pub request: Option<SentRequest>,
    pub received_at: OffsetDateTime,
    /// How often it was sent.
    pub received: i32,
    /// It is about a test click.
    pub test: bool,
}

/// A report with how it stands, to be kept.
pub(super) struct NewRow<'a> {
    pub kind: ReportKind,
    pub reference: &'a str,
    pub own_key: &'a str,
    pub channel: Channel,
    pub fields: Value,
    pub code: Option<&'a str>,
    pub standing: Standing,
    pub problem: Option<&'a str>,
    pub click: Option<ClickOutId>,
}

impl<'a> NewRow<'a> {
    /// The row of a report that can be read.
    pub fn of(report: &'a NewReport, channel: Channel) -> Result<Self> {
        let (fields, code) = match &report.said {
            Said::Purchase(purchase) => (serde_json::to_value(purchase), None),
            Said::Update(update) => (serde_json::to_value(update), update.code.as_deref()),
            Said::Reversal(reversal) => (serde_json::to_value(reversal), None),
        };
        Ok(Self {
            kind: report.said.kind(),
            reference: &report.reference,
            own_key: &report.own_key,
            channel,
            fields: fields.map_err(anyhow::Error::from)?,
            code,
            standing: Standing::Waiting,
            problem: None,
            click: None,
        })
    }
}

/// Reports of one reference come one after the other until the transaction ends.
pub(super) async fn lock(conn: &mut PgConnection, tenant: TenantId, reference: &str) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))",
        format!("report {tenant} {reference}"),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps a report. One that was kept before is counted once more, and stands as it does now.
pub(super) async fn keep(
    conn: &mut PgConnection,
    keyring: &Keyring,
    tenant: TenantId,
    row: NewRow<'_>,
    now: OffsetDateTime,
) -> Result<ReportId> {
    let cut = |text: &str| -> String {
        text.chars().filter(|c| *c != '\0').take(REFERENCE_CHARS_MAX).collect()
    };
    let (reference, own_key) = (cut(row.reference), cut(row.own_key));
    let mut fields = row.fields;
    clip(&mut fields);
    // With a key, so that nobody can find a short code by its digest.
    let code_mark = row.code.map(|code| keyring.sign("report code", code)).unwrap_or_default();
    let code_mark = code_mark.rsplit('.').next().unwrap_or_default();
    let standing: &str = row.standing.into();
    let (kind, channel): (&str, &str) = (row.kind.into(), row.channel.into());
    let mut text = format!("{kind} {channel} {reference:?} {own_key:?} {fields} {code_mark}");
    if matches!(row.standing, Standing::Unmatched | Standing::Unreadable) {
        // One that stands apart from the report that it contradicts.
        text.push_str(" unmatched");
    }
    let sealed = match row.code {
        Some(code) => {
            let code: String = code.chars().take(FIELD_CHARS_MAX).collect();
            Some(codes::seal(keyring, tenant, &reference, &code)?)
        }
        None => None,
    };
    if let (Some(_), Value::Object(fields)) = (row.code, &mut fields) {
        fields.insert("code".to_owned(), codes::SEALED.into());
    }
    let id = sqlx::query_scalar!(
        r#"INSERT INTO reports AS r (tenant_id, id, kind, reference, own_key, channel, fields,
               code_sealed, digest, standing, problem, click_out_id, received_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
           ON CONFLICT ON CONSTRAINT reports_digest_key DO UPDATE SET
               received = least(r.received, 1000000) + 1, standing = excluded.standing,
               problem = excluded.problem, click_out_id = excluded.click_out_id
           RETURNING id AS "id: ReportId""#,
        tenant.0,
        ReportId::new().0,
        kind,
        reference,
        own_key,
        channel,
        fields,
        sealed,
        token::content_hash(text.as_bytes()),
        standing,
        row.problem,
        row.click.map(|click| click.0),
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(id)
}

/// Cuts texts that are too long to keep, and characters that cannot be stored.
fn clip(fields: &mut Value) {
    let Value::Object(fields) = fields else { return };
    for value in fields.values_mut() {
        if let Value::String(text) = value {
            *text = text.chars().filter(|c| *c != '\0').take(FIELD_CHARS_MAX).collect();
        }
    }
}

/// Counts a repetition of a report.
pub(super) async fn count_repetition(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ReportId,
) -> Result<()> {
    sqlx::query!(
        "UPDATE reports SET received = least(received, 1000000) + 1
         WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The reports of a reference that are matched or wait, in the order they came.
pub(super) async fn of_reference(
    conn: &mut PgConnection,
    keyring: &Keyring,
    tenant: TenantId,
    reference: &str,
) -> Result<Vec<ReceivedReport>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: ReportId", kind AS "kind: ReportKind", own_key,
                  channel AS "channel: Channel", fields AS "fields: Json<Value>", code_sealed,
                  click_out_id AS "click: ClickOutId"
           FROM reports
           WHERE tenant_id = $1 AND reference = $2 AND standing IN ('matched', 'waiting')
           ORDER BY received_at, id"#,
        tenant.0,
        reference,
    )
    .fetch_all(conn)
    .await?;
    let mut reports = vec![];
    for row in rows {
        let fields = row.fields.0;
        let said = match row.kind {
            ReportKind::Purchase => serde_json::from_value(fields).map(Said::Purchase),
            ReportKind::Reversal => serde_json::from_value(fields).map(Said::Reversal),
            ReportKind::Update => {
                let code = row.code_sealed.as_deref();
                let code = code.and_then(|code| codes::open(keyring, tenant, reference, code));
                serde_json::from_value(fields).map(|update| Said::Update(Update { code, ..update }))
            }
        };
        reports.push(ReceivedReport {
            id: row.id,
            own_key: row.own_key,
            channel: row.channel,
            click: row.click,
            said: said.map_err(anyhow::Error::from)?,
        });
    }
    Ok(reports)
}

/// Stores how reports stand, where that changed.
pub(super) async fn set_standings(
    conn: &mut PgConnection,
    tenant: TenantId,
    stands: &[Stands],
) -> Result<()> {
    let ids: Vec<_> = stands.iter().map(|of| of.id.0).collect();
    let standings: Vec<String> =
        stands.iter().map(|of| <&str>::from(of.standing).to_owned()).collect();
    let problems: Vec<Option<String>> = stands.iter().map(|of| of.problem.clone()).collect();
    sqlx::query!(
        "UPDATE reports r SET standing = s.standing, problem = s.problem
         FROM UNNEST($2::uuid[], $3::text[], $4::text[]) AS s (id, standing, problem)
         WHERE r.tenant_id = $1 AND r.id = s.id
           AND (r.standing, r.problem) IS DISTINCT FROM (s.standing, s.problem)",
        tenant.0,
        &ids,
        &standings,
        &problems as &[Option<String>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which reports a list shows; None leaves a condition out.
#[derive(Debug, Default)]
pub struct ReportFilter<'a> {
    pub standing: Option<Standing>,
    pub reference: Option<&'a str>,
}

/// A provider's reports, newest first; one more than fits the page.
pub(super) async fn list(
    conn: &mut PgConnection,
    keyring: &Keyring,
    tenant: TenantId,
    filter: &ReportFilter<'_>,
    page: &PageQuery,
) -> Result<Vec<ReportView>> {
    let rows = sqlx::query!(
        r#"SELECT r.id AS "id: ReportId", r.kind AS "kind: ReportKind", r.reference,
                  r.own_key AS own_reference, r.channel AS "channel: Channel",
                  r.standing AS "standing: Standing", r.problem, r.fields, r.received_at,
                  r.received, r.body_sealed, r.body_bytes, r.content_type, r.user_agent,
                  coalesce(o.test, c.test, false) AS "test!"
           FROM reports r
           LEFT JOIN click_outs o ON o.tenant_id = r.tenant_id AND o.id = r.click_out_id
           LEFT JOIN conversions c ON c.tenant_id = r.tenant_id AND c.reference = r.reference
           WHERE r.tenant_id = $1 AND ($2::text IS NULL OR r.standing = $2)
             AND ($3::text IS NULL OR r.reference = $3) AND (r.received_at, r.id) < ($4, $5)
           ORDER BY r.received_at DESC, r.id DESC LIMIT $6"#,
        tenant.0,
        filter.standing.map(<&str>::from),
        filter.reference,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?;
    let views = rows.into_iter().map(|row| {
        let request = row.body_sealed.as_deref().map(|sealed| SentRequest {
            body: codes::open_body(keyring, tenant, sealed).unwrap_or_default(),
            body_bytes: row.body_bytes.unwrap_or_default(),
            content_type: row.content_type,
            user_agent: row.user_agent,
        });
        ReportView {
            id: row.id,
            kind: row.kind,
            reference: row.reference,
            own_reference: row.own_reference,
            channel: row.channel,
            standing: row.standing,
            problem: row.problem,
            fields: row.fields,
            request,
            received_at: row.received_at,
            received: row.received,
            test: row.test,
        }
    });
    Ok(views.collect())
}

/// One report.
pub(super) async fn get(
    conn: &mut PgConnection,
    keyring: &Keyring,
    tenant: TenantId,
    reference: &str,
    id: ReportId,
) -> Result<Option<ReportView>> {
    let page = PageQuery { cursor: None, limit: 100 };
    let filter = ReportFilter { standing: None, reference: Some(reference) };
    let reports = list(conn, keyring, tenant, &filter, &page).await?;
    Ok(reports.into_iter().find(|report| report.id == id))
}

/// Deletes reports from before this time that never found their purchase. Returns how many, `max`
/// at most. Platform scope.
pub async fn delete_unmatched(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM reports WHERE (tenant_id, id) IN (
             SELECT tenant_id, id FROM reports
             WHERE standing <> 'matched' AND received_at < $1
             ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}
