//! Receiving a report: it is kept as it came, and the purchase it is about follows from all that
//! was reported of it.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    click_out::{self, Click, ClickOut},
    codes,
    conversion::{self, Conversion, ConversionView},
    report::{self, NewReport},
    reports::{self, NewRow, ReportView},
    rules::{self, Folded, Known, ReceivedReport, Said, Stands},
    states::{Channel, ConversionState, ReportKind, Standing},
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{ConversionId, Error, FieldError, FieldErrors, ReportId, Result, TenantId},
    platform::{Platform, broker::Notice},
    sales,
};

/// Who reports, and how.
#[derive(Debug, Clone, Copy)]
pub struct Reporter {
    pub tenant: TenantId,
    pub channel: Channel,
    /// Who is in the audit log. None for the pixel, and for lines of a file, which is there as a
    /// whole.
    pub actor: Option<Actor>,
}

/// What became of an accepted report.
#[derive(Debug)]
pub enum Received {
    /// It is new, and counts.
    New(ConversionView),
    /// It was sent before, with the same values.
    Repeated(ConversionView),
    /// Its purchase is not reported yet.
    Waiting(ReportView),
}

/// Receives a report. One that is refused is kept as well, with the reason.
pub async fn receive(platform: &Platform, by: Reporter, mut report: NewReport) -> Result<Received> {
    // No database takes it.
    for text in [&mut report.reference, &mut report.own_key] {
        text.retain(|c| c != '\0');
    }
    let as_sent = report.clone();
    let mut fields = FieldErrors::default();
    report::check(&mut report, &mut fields);
    let mut tx = platform.db.tenant(by.tenant).await?;
    reports::lock(&mut tx, by.tenant, &report.reference).await?;
    let checked = check(platform, &mut tx, by, &report, fields).await;
    match checked {
        Ok(Checked { known: Known::Repeated(id), .. }) => {
            reports::count_repetition(&mut tx, by.tenant, id).await?;
            let received =
                answer(platform, &mut tx, by.tenant, (&report.reference, id), false).await?;
            tx.commit().await?;
            Ok(received)
        }
        Ok(Checked { click, .. }) => {
            let row =
                NewRow { click: click.map(|click| click.id), ..NewRow::of(&report, by.channel)? };
            let keyring = &platform.config.keyring;
            let id = reports::keep(&mut tx, keyring, by.tenant, row, platform.clock.now()).await?;
            let slug = settle(platform, &mut tx, by.tenant, &report.reference).await?;
            let received =
                answer(platform, &mut tx, by.tenant, (&report.reference, id), true).await;
            if received.is_ok() {
                record(&mut tx, by, &report).await?;
            }
            tx.commit().await?;
            if let Some(slug) = slug {
                platform.broker.publish(Notice::StockChanged { slug }).await;
            }
            received
        }
        Err(error) if error.status().is_server_error() => Err(error),
        Err(error) => {
            let problem = problem_of(&error);
            let row = NewRow {
                standing: Standing::Unmatched,
                problem: Some(&problem),
                ..NewRow::of(&as_sent, by.channel)?
            };
            keep_unmatched(platform, &mut tx, by, row).await?;
            tx.commit().await?;
            Err(error)
        }
    }
}

/// A line of a file, or a pixel, that cannot be read.
#[derive(Debug)]
pub struct UnreadableReport<'a> {
    pub kind: ReportKind,
    pub reference: &'a str,
    /// As they were sent, without the code.
    pub fields: Value,
    pub code: Option<&'a str>,
    /// What is wrong with it.
    pub problem: &'a str,
}

/// Keeps a report that cannot be read, with the reason.
pub async fn keep_unreadable(
    platform: &Platform,
    by: Reporter,
    report: UnreadableReport<'_>,
) -> Result<()> {
    let mut tx = platform.db.tenant(by.tenant).await?;
    let row = NewRow {
        kind: report.kind,
        reference: report.reference,
        own_key: "",
        channel: by.channel,
        fields: report.fields,
        code: report.code,
        standing: Standing::Unreadable,
        problem: Some(report.problem),
        click: None,
    };
    keep_unmatched(platform, &mut tx, by, row).await?;
    tx.commit().await?;
    Ok(())
}

async fn keep_unmatched(
    platform: &Platform,
    conn: &mut PgConnection,
    by: Reporter,
    row: NewRow<'_>,
) -> Result<()> {
    let keyring = &platform.config.keyring;
    reports::keep(conn, keyring, by.tenant, row, platform.clock.now()).await?;
    Ok(())
}

/// What is wrong, in one text for the list of reports.
pub fn problem_of(error: &Error) -> String {
    match error {
        Error::Invalid(fields) => {
            let lines: Vec<String> =
                fields.iter().map(|of| format!("{}: {}", of.field, of.message)).collect();
            lines.join(". ")
        }
        other => other.problem().detail,
    }
}

struct Checked {
    known: Known,
    click: Option<ClickOut>,
}

/// Checks a report against its click and against what was reported before.
async fn check(
    platform: &Platform,
    conn: &mut PgConnection,
    by: Reporter,
    report: &NewReport,
    mut fields: FieldErrors,
) -> Result<Checked> {
    let mut click = None;
    if let Said::Purchase(purchase) = &report.said {
        let found = click_out::of_token(platform, conn, by.tenant, &purchase.click_token).await?;
        let currency = match found.found() {
            Some(click) => Some(currency_of(conn, by.tenant, click).await?),
            None => None,
        };
        report::check_click(&mut fields, purchase, &found, currency.as_deref());
        if let Click::Found(found) = found {
            click = Some(found);
        }
    }
    fields.finish()?;
    let keyring = &platform.config.keyring;
    let kept = reports::of_reference(conn, keyring, by.tenant, &report.reference).await?;
    let new = ReceivedReport {
        id: ReportId::new(),
        own_key: report.own_key.clone(),
        channel: by.channel,
        click: click.as_ref().map(|click| click.id),
        said: report.said.clone(),
    };
    let known = rules::compare(&kept, &new);
    if let Known::Differs(fields) = &known {
        return Err(used(report, fields));
    }
    if let (Known::New, Said::Purchase(purchase), Some(click)) = (&known, &report.said, &click) {
        report::check_window(purchase, click, platform.clock.now())?;
        let reported =
            conversion::reported_of(conn, by.tenant, click.id, &report.reference).await?;
        report::check_rest(purchase.quantity, click, &reported)?;
    }
    Ok(Checked { known, click })
}

/// The currency of a click's sale when the shopper left for the cart.
async fn currency_of(
    conn: &mut PgConnection,
    tenant: TenantId,
    click: &ClickOut,
) -> Result<String> {
    if let Some(currency) = &click.currency {
        return Ok(currency.clone());
    }
    let sale = sales::published_by_id(conn, tenant, click.sale).await?;
    Ok(sale.ok_or(Error::NotFound("sale"))?.content.currency)
}

fn used(report: &NewReport, fields: &[&str]) -> Error {
    let (reference, own_key) = (&report.reference, &report.own_key);
    let differ = fields.join(", ");
    let detail = match &report.said {
        Said::Purchase(_) => format!(
            "{reference:?} was reported before with other values: {differ}. Use a reference of its \
             own for each order; to take a purchase back, report a reversal."
        ),
        Said::Update(_) => format!(
            "The update {own_key:?} of {reference:?} was reported before with other values: \
             {differ}. Use an update_reference of its own for each update."
        ),
        Said::Reversal(_) => format!(
            "The reversal {own_key:?} of {reference:?} was reported before with other values: \
             {differ}. Use a reversal_reference of its own for each reversal."
        ),
    };
    Error::conflict("reference_used", detail)
}

/// The answer to a report that was kept.
async fn answer(
    platform: &Platform,
    conn: &mut PgConnection,
    tenant: TenantId,
    (reference, id): (&str, ReportId),
    is_new: bool,
) -> Result<Received> {
    let kept = reports::get(conn, &platform.config.keyring, tenant, reference, id).await?;
    let kept = kept.ok_or(Error::NotFound("report"))?;
    match (kept.standing, conversion::by_reference(conn, tenant, reference).await?) {
        (Standing::Matched, Some(row)) if is_new => Ok(Received::New(row.into())),
        (Standing::Matched, Some(row)) => Ok(Received::Repeated(row.into())),
        (Standing::Unmatched | Standing::Unreadable, _) => {
            let problem = kept.problem.unwrap_or_default();
            let (field, message) = problem.split_once(": ").unwrap_or(("reference", &problem));
            Err(FieldError::new(field, message).into())
        }
        _ => Ok(Received::Waiting(kept)),
    }
}

async fn record(conn: &mut PgConnection, by: Reporter, report: &NewReport) -> Result<()> {
    let Some(actor) = by.actor else { return Ok(()) };
    let (action, details) = match &report.said {
        Said::Purchase(purchase) => (
            "postback_purchase",
            json!({
                "reference": report.reference,
                "amount_minor": purchase.amount_minor,
                "currency": purchase.currency,
            }),
        ),
        Said::Update(update) => (
            "postback_update",
            json!({
                "reference": report.reference,
                "update_reference": report.own_key,
                "confirmed": update.confirmed,
            }),
        ),
        Said::Reversal(reversal) => (
            "postback_reversal",
            json!({
                "reference": report.reference,
                "reason": reversal.reason,
                "quantity": reversal.quantity,
                "amount_minor": reversal.amount_minor,
            }),
        ),
    };
    let action = if by.channel == Channel::Portal { "conversion_confirm" } else { action };
    let row = conversion::by_reference(conn, by.tenant, &report.reference).await?;
    let subject = row.map_or_else(
        || format!("reference {}", report.reference),
        |row| format!("conversion {}", row.id),
    );
    audit::record(conn, actor, by.tenant, action, &subject, &details).await
}

/// Stores what follows from the reports of a reference, and tells of what changed. Returns the slug
/// of the sale if one of its items sold out by it, or no longer is.
async fn settle(
    platform: &Platform,
    conn: &mut PgConnection,
    tenant: TenantId,
    reference: &str,
) -> Result<Option<String>> {
    let kept = reports::of_reference(conn, &platform.config.keyring, tenant, reference).await?;
    let (folded, stands): (Option<Folded>, Vec<Stands>) = rules::fold(&kept);
    reports::set_standings(conn, tenant, &stands).await?;
    let Some(folded) = folded else { return Ok(None) };
    let before = conversion::by_reference(conn, tenant, reference).await?;
    let click = click_out::by_id(conn, tenant, folded.click).await?;
    let click = click.ok_or(Error::NotFound("click-out"))?;
    let after = next(platform, tenant, reference, &click, before.as_ref(), folded)?;
    conversion::store(conn, &after).await?;
    if after.test {
        return Ok(None);
    }
    publish(conn, before.as_ref(), &after, &click).await?;
    count(platform, conn, before.as_ref(), &after).await
}

/// The row that follows from a fold.
fn next(
    platform: &Platform,
    tenant: TenantId,
    reference: &str,
    click: &ClickOut,
    before: Option<&Conversion>,
    folded: Folded,
) -> Result<Conversion> {
    let now = platform.clock.now();
    let keyring = &platform.config.keyring;
    let stored = before.and_then(|row| row.code_sealed.clone());
    let is_stored = |code: &String| {
        let stored = stored.as_deref();
        stored.and_then(|sealed| codes::open(keyring, tenant, reference, sealed)).as_ref()
            == Some(code)
    };
    let code_sealed = match folded.code {
        Some(code) if !is_stored(&code) => Some(codes::seal(keyring, tenant, reference, &code)?),
        _ => stored,
    };
    let given_back = |row: &Conversion| (row.reversed_quantity, row.reversed_minor);
    let gives_back =
        before.map_or((0, 0), given_back) != (folded.reversed_quantity, folded.reversed_minor);
    Ok(Conversion {
        tenant,
        id: before.map_or_else(ConversionId::new, |row| row.id),
        click_out: click.id,
        sale: click.sale,
        item: click.item,
        account: click.account,
        reference: reference.to_owned(),
        quantity: folded.purchase.quantity,
        amount_minor: folded.purchase.amount_minor,
        currency: folded.purchase.currency,
        tracking_url: folded.tracking_url,
        ships_on: folded.ships_on,
        code_sealed,
        confirmation_number: folded.confirmation_number,
        confirmed_at: folded.confirmed_at,
        channel: folded.channel,
        counted: folded.counted,
        test: click.test,
        state: folded.state,
        reported_at: before.map_or(now, |row| row.reported_at),
        reversed_quantity: folded.reversed_quantity,
        reversed_minor: folded.reversed_minor,
        reversed_at: if gives_back { Some(now) } else { before.and_then(|row| row.reversed_at) },
        reversal_reason: folded.reversal_reason,
    })
}

/// What of a purchase counts: its units and its money, less what was given back.
fn counted(row: Option<&Conversion>) -> Option<&Conversion> {
    row.filter(|row| row.counted)
}

/// Publishes what changed: `conversion.reported` when a purchase comes to count,
/// `conversion.reversed` with what was given back since then, and what else the shopper should
/// know.
async fn publish(
    conn: &mut PgConnection,
    before: Option<&Conversion>,
    after: &Conversion,
    click: &ClickOut,
) -> Result<()> {
    let Some(after) = counted(Some(after)) else { return Ok(()) };
    let known = counted(before);
    let payload = |quantity: i32, amount_minor: i64| {
        json!({
            "sale_id": after.sale,
            "visit_id": click.visit,
            "conversion_id": after.id,
            "quantity": quantity,
            "amount_minor": amount_minor,
            "currency": after.currency,
            "account_id": after.account,
        })
    };
    let tenant = after.tenant;
    if known.is_none() {
        let whole = payload(after.quantity, after.amount_minor);
        events::publish(conn, tenant, "conversion.reported", &whole).await?;
    }
    let (units, amount) = known.map_or((0, 0), |row| (row.reversed_quantity, row.reversed_minor));
    let given_back = (after.reversed_quantity - units, after.reversed_minor - amount);
    if given_back != (0, 0) {
        let part = payload(given_back.0, given_back.1);
        events::publish(conn, tenant, "conversion.reversed", &part).await?;
    }
    let nothing = payload(0, 0);
    let details = |row: &Conversion| (row.tracking_url.clone(), row.ships_on);
    if let Some(known) = known {
        if known.confirmed_at.is_none() && after.confirmed_at.is_some() {
            events::publish(conn, tenant, "conversion.confirmed", &nothing).await?;
        } else if details(known) != details(after) {
            events::publish(conn, tenant, "conversion.updated", &nothing).await?;
        }
    }
    let code = |row: &Conversion| row.code_sealed.clone();
    if after.code_sealed.is_some() && known.and_then(code) != after.code_sealed {
        events::publish(conn, tenant, "conversion.code_issued", &nothing).await?;
    }
    Ok(())
}

/// Counts a purchase against the guarantee of its item.
async fn count(
    platform: &Platform,
    conn: &mut PgConnection,
    before: Option<&Conversion>,
    after: &Conversion,
) -> Result<Option<String>> {
    let units = |row: Option<&Conversion>| {
        counted(row).map_or(0, |row| {
            let is_reversed = row.state == ConversionState::Reversed;
            if is_reversed { 0 } else { i64::from(row.quantity - row.reversed_quantity) }
        })
    };
    let change = units(Some(after)) - units(before);
    if change == 0 {
        return Ok(None);
    }
    let (tenant, item) = (after.tenant, after.item);
    let now = platform.clock.now();
    let Some(counted) = sales::count_reported(conn, tenant, item, change, now).await? else {
        return Ok(None);
    };
    if counted.warn {
        let details = json!({
            "sale_id": after.sale,
            "sale_item_id": item,
            "guaranteed": counted.units.guaranteed,
            "reported": counted.units.reported,
        });
        events::publish(conn, tenant, "guarantee.nearly_used", &details).await?;
    }
    if !counted.turned {
        return Ok(None);
    }
    sales::slug(conn, tenant, after.sale).await
}
