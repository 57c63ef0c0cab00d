//! Redeeming a voucher, and reversing that.

use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    store::{self, NewRedemption, Redemption},
    views::{self, RedeemableVoucherView, RedemptionView},
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{
        Error, FieldError, FieldErrors, Page, PageQuery, RedemptionId, Result, TenantId,
        limits::{REASON_CHARS_MAX, REFERENCE_CHARS_MAX},
        validate,
    },
    orders::{self, OrderLine},
    platform::Platform,
    vouchers::{self, Voucher, VoucherState},
};

/// What a voucher is of.
struct BoughtUnit {
    order_number: String,
    line: OrderLine,
}

/// A provider's voucher by what somebody typed of its code.
pub(super) async fn look_up(
    platform: &Platform,
    tenant: TenantId,
    typed: &str,
) -> Result<RedeemableVoucherView> {
    let code = parse(typed)?;
    let mut tx = platform.db.tenant(tenant).await?;
    let voucher = by_code(&mut tx, tenant, &code).await?;
    let unit = bought_unit(&mut tx, &voucher).await?;
    let redemption = store::of_voucher(&mut tx, tenant, voucher.id).await?;
    let redemption = match redemption {
        Some(row) => Some(views::view(&mut tx, row).await?),
        None => None,
    };
    Ok(RedeemableVoucherView {
        id: voucher.id,
        title: unit.line.title,
        item_name: unit.line.item_name,
        order_number: unit.order_number,
        state: voucher.state_at(platform.clock.now()),
        code_ending: vouchers::code_ending(&code).to_owned(),
        issued_at: voucher.issued_at,
        valid_until: voucher.valid_until,
        redemption,
    })
}

/// Redeems a voucher, once. A repeat with the same reference returns the same redemption.
pub(super) async fn redeem(
    platform: &Platform,
    tenant: TenantId,
    by: Actor,
    typed: &str,
    reference: &str,
) -> Result<RedemptionView> {
    let mut fields = FieldErrors::default();
    let reference = validate::text(&mut fields, "reference", reference, 0, REFERENCE_CHARS_MAX);
    fields.finish()?;
    let code = parse(typed)?;

    let now = platform.clock.now();
    // Not the tenant's scope: a voucher is redeemed under the lock of its order, which the tenant may not see.
    let mut tx = platform.db.platform("redeem voucher").await?;
    let voucher = by_code(&mut tx, tenant, &code).await?;
    orders::lock_order(&mut tx, voucher.order).await?;
    // Again, as nobody changes it under the lock.
    let voucher = vouchers::find(&mut tx, tenant, voucher.id).await?;
    if let Some(row) = store::of_voucher(&mut tx, tenant, voucher.id).await? {
        if !reference.is_empty() && row.reference == reference {
            return views::view(&mut tx, row).await;
        }
        return Err(redeemed_before(&row));
    }
    check_redeemable(&mut tx, &voucher, now).await?;
    let unit = bought_unit(&mut tx, &voucher).await?;
    let id = RedemptionId::new();
    let new = NewRedemption {
        id,
        order_number: &unit.order_number,
        title: &unit.line.title,
        item_name: &unit.line.item_name,
        code_ending: vouchers::code_ending(&code),
        reference: &reference,
        by,
        at: now,
    };
    store::insert(&mut tx, tenant, voucher.id, &new).await?;
    vouchers::set_redeemed(&mut tx, &voucher, Some(now)).await?;
    let redemption = store::find(&mut tx, tenant, id).await?;
    events::publish(&mut tx, tenant, "voucher.redeemed", &payload(&voucher, &redemption)).await?;
    let details = json!({"voucher_id": voucher.id, "order_number": unit.order_number, "reference": reference});
    audit::record(&mut tx, by, tenant, "voucher_redeem", &format!("redemption {id}"), &details)
        .await?;
    let view = views::view(&mut tx, redemption).await?;
    tx.commit().await?;
    Ok(view)
}

/// Reverses a redemption that was a mistake: its voucher can be redeemed again, or is void when its order was refunded
/// meanwhile.
pub(super) async fn reverse(
    platform: &Platform,
    tenant: TenantId,
    by: Actor,
    id: RedemptionId,
    reason: &str,
) -> Result<RedemptionView> {
    let mut fields = FieldErrors::default();
    let reason = validate::text(&mut fields, "reason", reason, 1, REASON_CHARS_MAX);
    fields.finish()?;

    let now = platform.clock.now();
    let mut tx = platform.db.platform("reverse redemption").await?;
    let redemption = store::find(&mut tx, tenant, id).await?;
    let voucher = vouchers::find(&mut tx, tenant, redemption.voucher).await?;
    orders::lock_order(&mut tx, voucher.order).await?;
    let redemption = store::find(&mut tx, tenant, id).await?;
    if redemption.reversed_at.is_some() {
        return Err(Error::conflict(
            "redemption_reversed",
            "This redemption was reversed already, so the voucher can be redeemed again.",
        ));
    }
    store::reverse(&mut tx, &redemption, by, &reason, now).await?;
    vouchers::set_redeemed(&mut tx, &voucher, None).await?;
    let redemption = store::find(&mut tx, tenant, id).await?;
    let payload = payload(&voucher, &redemption);
    events::publish(&mut tx, tenant, "voucher.redemption_reversed", &payload).await?;
    // Not while a refund is on its way: it voids this one with the others when it is done, and may fail.
    if orders::is_given_back(&mut tx, voucher.order).await? {
        vouchers::void_units(&mut tx, tenant, voucher.order, voucher.line, i32::MAX, now).await?;
    }
    audit::record(
        &mut tx,
        by,
        tenant,
        "voucher_redemption_reverse",
        &format!("redemption {id}"),
        &json!({"voucher_id": voucher.id, "reason": reason}),
    )
    .await?;
    let view = views::view(&mut tx, redemption).await?;
    tx.commit().await?;
    Ok(view)
}

/// A provider's redemptions, newest first.
pub(super) async fn list(
    platform: &Platform,
    tenant: TenantId,
    page: &PageQuery,
) -> Result<Page<RedemptionView>> {
    let mut tx = platform.db.tenant(tenant).await?;
    let rows = store::list(&mut tx, tenant, page).await?;
    let (rows, next_cursor) = page.cut(rows, |row| (row.redeemed_at, row.id.0));
    Ok(Page { items: views::views(&mut tx, rows).await?, next_cursor })
}

fn parse(typed: &str) -> Result<String, FieldError> {
    vouchers::parse_code(typed).ok_or_else(|| {
        let message = "Is no voucher code: codes have 16 letters and digits, in groups of four, and \
                       no 0, 1, I or O";
        FieldError::new("code", message)
    })
}

async fn by_code(conn: &mut PgConnection, tenant: TenantId, code: &str) -> Result<Voucher> {
    let unknown = || {
        let message = "None of your vouchers has this code; compare each character, and whether it was \
                       bought from you";
        FieldError::new("code", message)
    };
    Ok(vouchers::by_code(conn, tenant, code).await?.ok_or_else(unknown)?)
}

async fn check_redeemable(
    conn: &mut PgConnection,
    voucher: &Voucher,
    now: OffsetDateTime,
) -> Result<()> {
    match voucher.state_at(now) {
        VoucherState::Void => Err(refunded()),
        VoucherState::Expired => Err(Error::conflict(
            "voucher_expired",
            format!("This voucher expired on {}.", voucher.valid_until.date()),
        )),
        _ if !orders::is_redeemable(conn, voucher).await? => Err(refunded()),
        _ => Ok(()),
    }
}

fn refunded() -> Error {
    Error::conflict(
        "voucher_void",
        "This voucher was refunded, or is about to be, so it is void. Do not give anything for it.",
    )
}

fn redeemed_before(row: &Redemption) -> Error {
    let reference = match row.reference.as_str() {
        "" => String::new(),
        reference => format!(" with the reference {reference}"),
    };
    let at = row.redeemed_at.date();
    Error::conflict(
        "voucher_redeemed",
        format!("This voucher was redeemed on {at}{reference}. It can be used once."),
    )
}

async fn bought_unit(conn: &mut PgConnection, voucher: &Voucher) -> Result<BoughtUnit> {
    let parcel = orders::find_parcel(conn, voucher.tenant, voucher.parcel).await?;
    let number = parcel.order_number.clone();
    let lines = orders::lines_of_parcels(conn, voucher.tenant, &[parcel]).await?;
    let line = lines.into_iter().find(|line| line.id == voucher.line);
    let line = line.ok_or_else(|| anyhow::anyhow!("a voucher has no line"))?;
    Ok(BoughtUnit { order_number: number, line })
}

fn payload(voucher: &Voucher, redemption: &Redemption) -> Value {
    json!({
        "voucher_id": voucher.id,
        "order_id": voucher.order,
        "order_number": redemption.order_number,
        "account_id": voucher.account,
        "sale_id": voucher.sale,
        "line_id": voucher.line,
        "redemption_id": redemption.id,
        "redeemed_at": redemption.redeemed_at.unix_timestamp(),
        "reversed_at": redemption.reversed_at.map(OffsetDateTime::unix_timestamp),
    })
}
