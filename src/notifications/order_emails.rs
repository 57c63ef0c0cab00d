//! Emails and SMS about an order: to the shopper, and to the provider that ships it.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    email_contexts as contexts,
    emails::{self, EmailDraft, GroupEmail},
    messages,
    payload::{EventPayload, required},
    sms_texts::{self, SmsDraft},
};
use crate::{
    access::{
        accounts::{self, Account},
        preferences::{self, MessageChannel, MessageKind},
    },
    fulfilment,
    kernel::{Money, ParcelId, Result, TenantId},
    orders::{self, OrderView},
    platform::{Platform, PortalPath, PublicPath},
    providers::{self, Themes},
    sales,
};

/// The confirmation to the shopper, and the notice to a provider of the order.
pub async fn order_confirmed(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
) -> Result<()> {
    let id = required(payload.order_id, "order")?;
    let order = orders::order_view_by_id(platform, id).await?;
    let parcel_id = required(payload.parcel_id, "parcel")?;
    let parcel = fulfilment::parcel_view(platform, tenant, parcel_id).await?;
    let mut tx = platform.db.platform("order confirmed").await?;
    let to = shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        // There is an event for each provider of the order; with SMP as the tenant the
        // deduplication makes them one email.
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "order_confirmed",
        context: json!({"order": contexts::order(&order), "url": order_url(platform, &order)}),
        dedupe_key: format!("order_confirmed:{id}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    let provider_name =
        order.parcels.iter().find(|p| p.id == parcel.id).map(|p| p.provider_name.clone());
    let mut context = serde_json::to_value(&parcel).map_err(anyhow::Error::from)?;
    context["shipping_address"]["country_name"] =
        contexts::country_name(&parcel.shipping_address.country).into();
    context["vouchers_only"] = contexts::is_vouchers_only(&parcel.lines).into();
    context["nothing_to_ship"] = contexts::has_nothing_to_ship(&parcel.lines).into();
    let provider_slug = providers::get(&mut tx, tenant).await?.slug;
    let url = platform.portal_url(PortalPath::ProviderParcel {
        provider_slug: &provider_slug,
        parcel: parcel.id,
    });
    for member in accounts::of_members(&mut tx, tenant, &["owner", "fulfilment"]).await? {
        let draft = EmailDraft {
            tenant,
            to: &member,
            template: "provider_new_order",
            context: json!({"provider_name": provider_name, "parcel": context, "url": url}),
            dedupe_key: format!("provider_new_order:{}:{}", parcel.id, member.id),
        };
        emails::queue(platform, themes, &mut tx, draft).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A shipment was handed over (`shipped`) or arrived (`delivered`).
pub async fn shipped(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
    template: &'static str,
) -> Result<()> {
    let order = orders::order_view_by_id(platform, required(payload.order_id, "order")?).await?;
    let (parcel_id, shipment_id) =
        (required(payload.parcel_id, "parcel")?, required(payload.shipment_id, "shipment")?);
    let parcel = order.parcels.iter().find(|p| p.id == parcel_id);
    let parcel = required(parcel, "parcel of its order")?;
    let shipment = parcel.shipments.iter().find(|s| s.id == shipment_id);
    let shipment = required(shipment, "shipment of its parcel")?;
    let mut tx = platform.db.platform("shipment").await?;
    let to = shopper(&mut tx, payload, &order).await?;
    let url = platform.public_url(PublicPath::Tracking { order_number: &order.number });
    let sale = match parcel.lines.first() {
        Some(line) => sales::published_by_id(&mut tx, tenant, line.sale_id).await?,
        None => None,
    };
    let feedback_url = sale.map(|sale| {
        platform.public_url(PublicPath::Feedback { slug: &sale.slug, order_number: &order.number })
    });
    let draft = EmailDraft {
        tenant,
        to: &to,
        template,
        context: json!({
            "order": {"number": order.number},
            "parcel": contexts::parcel(parcel),
            "shipment": shipment,
            "url": url,
            "feedback_url": feedback_url,
        }),
        dedupe_key: format!("{template}:{shipment_id}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    if let (Some(phone), "shipped") = (&order.shipping_address.phone, template)
        && preferences::wants(&mut tx, to.id, MessageKind::Orders, MessageChannel::Sms).await?
    {
        let branding = themes.branding_of(&mut tx, tenant).await?;
        let chosen = preferences::of(&mut tx, &[to.id]).await?;
        let sms = SmsDraft {
            tenant,
            account: Some(to.id),
            phone,
            template: "shipped",
            context: json!({
                "provider_name": parcel.provider_name,
                "shipment": shipment,
                "url": url,
            }),
            locale: chosen.get(&to.id).and_then(|chosen| chosen.locale.as_deref()),
            time_zone: None,
            dedupe_key: format!("shipped_sms:{shipment_id}"),
        };
        messages::queue(&mut tx, sms_texts::render(platform, &branding, sms)?).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The promised shipping date has passed: the shopper may take a refund, or wait.
pub async fn promise_missed(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
) -> Result<()> {
    let order = orders::order_view_by_id(platform, required(payload.order_id, "order")?).await?;
    let id = required(payload.parcel_id, "parcel")?;
    let parcel = order.parcels.iter().find(|p| p.id == id);
    let parcel = required(parcel, "parcel of its order")?;
    // Shipped or refunded in the meantime: there is nothing left to offer.
    if !parcel.refund_offered {
        return Ok(());
    }
    let mut tx = platform.db.platform("promise missed").await?;
    let to = shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        tenant,
        to: &to,
        template: "promise_missed",
        context: json!({
            "order": {"number": order.number},
            "parcel": contexts::parcel(parcel),
            "url": platform.public_url(PublicPath::OrderParcel { number: &order.number, parcel: id }),
        }),
        dedupe_key: format!("promise_missed:{id}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    let notice = PackerEmail {
        parcel: id,
        template: "provider_promise_missed",
        context: json!({"promised_ship_by": parcel.promised_ship_by.map(contexts::rfc3339)}),
        dedupe_key: id.to_string(),
    };
    to_packers(platform, themes, tenant, notice).await
}

/// The shopper cancelled a paid order: they are told when the money comes back, and the provider of
/// a parcel that it must not be shipped.
pub async fn withdrawn(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
) -> Result<()> {
    let id = required(payload.order_id, "order")?;
    let order = orders::order_view_by_id(platform, id).await?;
    let refund = refunded_for(&order, orders::CANCEL_REASON);
    let kept = order.kept_if_unpaid.as_ref().map_or(0, |kept| kept.amount);
    let kept = kept.min(order.paid.amount - order.refunded.amount);
    let kept = (kept > 0).then(|| Money::new(kept, &order.total.currency));
    let unpaid = refund.is_none() && kept.is_none();
    let mut tx = platform.db.platform("order withdrawn").await?;
    let to = shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        // One for each order, though there is an event for each of its providers.
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "order_cancelled",
        context: json!({
            "order": {"number": order.number, "total": order.total},
            "refund": refund.map(|amount| json!({"amount": amount})),
            "kept": kept,
            "url": order_url(platform, &order),
        }),
        dedupe_key: format!("order_cancelled:{id}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    let parcel = required(payload.parcel_id, "parcel")?;
    let notice = PackerEmail {
        parcel,
        template: "provider_parcel_cancelled",
        context: json!({"unpaid": unpaid}),
        dedupe_key: parcel.to_string(),
    };
    to_packers(platform, themes, tenant, notice).await
}

/// Nothing was paid yet for what of an order is called off with its sale: the shopper and those who pack it
/// are told. Whose bank had paid it back knows it already.
pub async fn called_off(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
) -> Result<()> {
    let id = required(payload.order_id, "order")?;
    let parcel = required(payload.parcel_id, "parcel")?;
    if !payload.was_charged {
        let order = orders::order_view_by_id(platform, id).await?;
        let mut tx = platform.db.platform("order called off").await?;
        let to = shopper(&mut tx, payload, &order).await?;
        let draft = EmailDraft {
            tenant: TenantId::PLATFORM,
            to: &to,
            template: "order_called_off",
            context: json!({
                "sale": {"title": required(payload.title.as_deref(), "title")?},
                "order": {"number": order.number, "cash_due": order.cash_due},
                "target_missed": payload.reason.as_deref() == Some("target_missed"),
                "url": order_url(platform, &order),
            }),
            dedupe_key: format!("order_called_off:{parcel}"),
        };
        emails::queue(platform, themes, &mut tx, draft).await?;
        tx.commit().await?;
    }
    let notice = PackerEmail {
        parcel,
        template: "provider_parcel_cancelled",
        context: json!({"unpaid": !payload.was_charged}),
        dedupe_key: parcel.to_string(),
    };
    to_packers(platform, themes, tenant, notice).await
}

/// An order was not paid in time.
pub async fn lapsed(platform: &Platform, themes: &Themes, payload: &EventPayload) -> Result<()> {
    let id = required(payload.order_id, "order")?;
    let order = orders::order_view_by_id(platform, id).await?;
    let mut tx = platform.db.platform("order lapsed").await?;
    let to = shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        // One for each order, though there is an event for each of its providers.
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "order_lapsed",
        context: json!({
            "order": {"number": order.number, "total": order.total},
            "url": order_url(platform, &order),
        }),
        dedupe_key: format!("order_lapsed:{id}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}

/// A parcel came back to its sender: the shopper and the provider are told.
pub async fn returned(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    payload: &EventPayload,
) -> Result<()> {
    let order = orders::order_view_by_id(platform, required(payload.order_id, "order")?).await?;
    let (parcel_id, shipment_id) =
        (required(payload.parcel_id, "parcel")?, required(payload.shipment_id, "shipment")?);
    let parcel = order.parcels.iter().find(|p| p.id == parcel_id);
    let parcel = required(parcel, "parcel of its order")?;
    let shipment = parcel.shipments.iter().find(|s| s.id == shipment_id);
    let shipment = required(shipment, "shipment of its parcel")?;
    let mut tx = platform.db.platform("parcel returned").await?;
    let to = shopper(&mut tx, payload, &order).await?;
    let draft = EmailDraft {
        tenant,
        to: &to,
        template: "parcel_returned",
        context: json!({
            "order": {"number": order.number},
            "parcel": contexts::parcel(parcel),
            "shipment": shipment,
            "url": platform.public_url(PublicPath::Tracking { order_number: &order.number }),
        }),
        dedupe_key: format!("parcel_returned:{shipment_id}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    let notice = PackerEmail {
        parcel: parcel_id,
        template: "provider_parcel_returned",
        context: json!({"shipment": shipment}),
        dedupe_key: shipment_id.to_string(),
    };
    to_packers(platform, themes, tenant, notice).await
}

/// An email about a parcel to those who pack and ship at its provider.
pub struct PackerEmail {
    pub parcel: ParcelId,
    pub template: &'static str,
    pub context: Value,
    pub dedupe_key: String,
}

pub async fn to_packers(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    email: PackerEmail,
) -> Result<()> {
    let PackerEmail { parcel: id, template, mut context, dedupe_key } = email;
    let parcel = fulfilment::parcel_view(platform, tenant, id).await?;
    let mut tx = platform.db.platform("parcel").await?;
    let provider_slug = providers::get(&mut tx, tenant).await?.slug;
    context["parcel"] = json!({
        "order_number": parcel.order_number,
        "customer_name": parcel.customer_name,
        "nothing_to_ship": contexts::has_nothing_to_ship(&parcel.lines),
    });
    context["url"] = platform
        .portal_url(PortalPath::ProviderParcel { provider_slug: &provider_slug, parcel: id })
        .into();
    let email = GroupEmail {
        tenant,
        to: &accounts::of_members(&mut tx, tenant, &["owner", "fulfilment"]).await?,
        template,
        context,
        dedupe_key,
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}

/// What was refunded of an order for a reason, in one refund or two; None: nothing.
pub fn refunded_for(order: &OrderView, reason: &str) -> Option<Money> {
    let amounts = order.refunds.iter().filter(|refund| refund.reason == reason);
    let sum: i64 = amounts.map(|refund| refund.amount.amount).sum();
    (sum > 0).then(|| Money::new(sum, &order.total.currency))
}

pub fn order_url(platform: &Platform, order: &OrderView) -> String {
    platform.public_url(PublicPath::Order { number: &order.number })
}

/// The account the event is about, with the email address of the order.
pub async fn shopper(
    conn: &mut PgConnection,
    payload: &EventPayload,
    order: &OrderView,
) -> Result<Account> {
    let account = accounts::by_id(conn, required(payload.account_id, "account")?).await?;
    Ok(emails::addressed(account, &order.email))
}
