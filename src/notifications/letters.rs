//! From what happened to who is told of it, and in which words.

use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    messages::{self, Content, NewMessage},
    stock_letters,
};
use crate::{
    access::accounts::{self, Account},
    care,
    events::Event,
    fulfilment,
    kernel::{
        AccountId, ConversationId, Money, OrderId, ParcelId, RefundId, Result, SaleId, ShipmentId,
        TenantId, validate,
    },
    orders::{self, OrderLineView, OrderParcelView, OrderView},
    platform::Platform,
    providers::themes::{Look, Themes, accent},
    sales::{self, PublishedSale, REMINDER_BEFORE},
};

/// What the job `invitation_email` is given: the one message whose secret may stand in no event.
#[derive(Debug, serde::Serialize, Deserialize)]
pub struct Invitation {
    tenant_id: TenantId,
    email: String,
    provider_name: String,
    role: String,
    token: String,
    inviter_name: String,
    expires_at: String,
}

/// A letter: to whom, from which template, with what in it.
pub(super) struct Letter<'a> {
    /// Whose brand it carries and whose log it stands in.
    pub tenant: TenantId,
    pub to: &'a Account,
    pub template: &'static str,
    pub context: Value,
    pub dedupe_key: String,
}

/// Writes an invitation to a provider's team.
pub async fn invite(platform: &Platform, themes: &Themes, invitation: &Invitation) -> Result<()> {
    let mut tx = platform.db.platform("invitation").await?;
    // Whoever invites, the letter is SMP's: the receiver may not know the provider's brand yet.
    let look = themes.default_look().clone();
    let context = json!({
        "provider_name": invitation.provider_name, "role": invitation.role, "inviter_name": invitation.inviter_name, "expires_at": invitation.expires_at,
        "url": platform.url(&format!("/portal/invitations/{}", invitation.token)),
    });
    let context =
        dressed(platform, &look, &json!({"name": null, "email": invitation.email}), context);
    let email = look.theme.email("invitation", &context)?;
    let message = NewMessage {
        tenant: invitation.tenant_id,
        account: None,
        recipient: &invitation.email,
        template: "invitation",
        content: Content::Email { subject: email.subject, text: email.text, html: email.html },
        dedupe_key: format!(
            "invitation:{}",
            crate::kernel::token::content_hash(invitation.token.as_bytes())
        ),
    };
    messages::queue(&mut tx, message).await?;
    tx.commit().await?;
    Ok(())
}

/// Tells whoever should know of an event; hearing it twice tells them once.
pub async fn on_event(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let about: About =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    match event.kind.as_str() {
        "registration.created" => registered(platform, themes, event, &about).await,
        "account.created" => welcome(platform, themes, &about).await,
        "order.confirmed" => order_confirmed(platform, themes, event.tenant_id, &about).await,
        "shipment.handed_over" => {
            shipped(platform, themes, event.tenant_id, &about, "shipped").await
        }
        "shipment.delivered" => {
            shipped(platform, themes, event.tenant_id, &about, "delivered").await
        }
        "voucher.issued" => vouchers_issued(platform, themes, &about).await,
        "parcel.promise_missed" => promise_missed(platform, themes, event.tenant_id, &about).await,
        "refund.succeeded" => refunded(platform, themes, &about).await,
        "conversation.message" => answered(platform, themes, &about).await,
        "sale.approved" | "sale.changes_requested" | "sale.rejected" => {
            reviewed(platform, themes, event, &about).await
        }
        "waitlist.offered" => stock_letters::offered(platform, themes, event).await,
        "sale.halted" => {
            stock_letters::halted(
                platform,
                themes,
                event,
                must(about.sale_id, "sale")?,
                about.reason.as_deref(),
            )
            .await
        }
        _ => Ok(()),
    }
}

/// What the events we listen to may carry.
#[derive(Deserialize)]
struct About {
    account_id: Option<AccountId>,
    order_id: Option<OrderId>,
    parcel_id: Option<ParcelId>,
    shipment_id: Option<ShipmentId>,
    refund_id: Option<RefundId>,
    conversation_id: Option<ConversationId>,
    author: Option<String>,
    sale_id: Option<SaleId>,
    revision_id: Option<Uuid>,
    title: Option<String>,
    reason: Option<String>,
}

/// An id the event should have had.
fn must<T>(value: Option<T>, what: &str) -> Result<T> {
    Ok(value.ok_or_else(|| anyhow::anyhow!("the event names no {what}"))?)
}

async fn welcome(platform: &Platform, themes: &Themes, about: &About) -> Result<()> {
    let account = must(about.account_id, "account")?;
    let mut tx = platform.db.platform("welcome").await?;
    let to = accounts::by_id(&mut tx, account).await?;
    let context = json!({"url": platform.url("/")});
    let letter = Letter {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "welcome",
        context,
        dedupe_key: format!("welcome:{account}"),
    };
    write(platform, themes, &mut tx, letter).await?;
    tx.commit().await?;
    Ok(())
}

async fn registered(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    about: &About,
) -> Result<()> {
    let (tenant, id, account) =
        (event.tenant_id, must(about.sale_id, "sale")?, must(about.account_id, "account")?);
    let mut tx = platform.db.platform("registration").await?;
    // Who withdrew in the same breath is not congratulated.
    let (true, Some(sale)) = (
        sales::registered(&mut tx, tenant, id, account).await?,
        sales::published_by_id(&mut tx, tenant, id).await?,
    ) else {
        return Ok(());
    };
    let to = accounts::by_id(&mut tx, account).await?;
    let until_start = sale.content.starts_at - platform.clock.now();
    let context = json!({
        "sale": sale_words(platform, &sale), "started": !until_start.is_positive(), "reminder": until_start > REMINDER_BEFORE,
    });
    let letter = Letter {
        tenant,
        to: &to,
        template: "registered",
        context,
        dedupe_key: format!("registered:{}", event.id),
    };
    write(platform, themes, &mut tx, letter).await?;
    tx.commit().await?;
    Ok(())
}

/// What a letter says of a sale one registered for.
pub(super) fn sale_words(platform: &Platform, sale: &PublishedSale) -> Value {
    let content = &sale.content;
    let written = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    json!({
        "title": content.title, "provider_name": sale.provider_name, "url": platform.url(&format!("/sales/{}", sale.slug)),
        "starts_at": written(content.starts_at), "ends_at": written(content.ends_at), "registered_only": content.registered_only,
    })
}

async fn order_confirmed(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    about: &About,
) -> Result<()> {
    let id = must(about.order_id, "order")?;
    let order = orders::order_view_by_id(platform, id).await?;
    let parcel =
        fulfilment::parcel_view(platform, tenant, must(about.parcel_id, "parcel")?).await?;
    let mut tx = platform.db.platform("order confirmed").await?;
    let to = shopper(&mut tx, about, &order).await?;
    let letter = Letter {
        // Each of the order's providers tells of it; SMP's own log makes it one letter.
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "order_confirmed",
        context: json!({"order": order_words(&order), "url": platform.url(&format!("/orders/{}", order.number))}),
        dedupe_key: format!("order_confirmed:{id}"),
    };
    write(platform, themes, &mut tx, letter).await?;
    let provider_name =
        order.parcels.iter().find(|p| p.id == parcel.id).map(|p| p.provider_name.clone());
    let mut words = serde_json::to_value(&parcel).map_err(anyhow::Error::from)?;
    words["shipping_address"]["country_name"] =
        country_name(&parcel.shipping_address.country).into();
    words["vouchers_only"] = is_vouchers_only(&parcel.lines).into();
    for person in accounts::of_members(&mut tx, tenant, &["owner", "fulfilment"]).await? {
        let letter = Letter {
            tenant,
            to: &person,
            template: "provider_new_order",
            context: json!({"provider_name": provider_name, "parcel": words, "url": platform.url(&format!("/portal/providers/{tenant}/parcels/{}", parcel.id))}),
            dedupe_key: format!("provider_new_order:{}:{}", parcel.id, person.id),
        };
        write(platform, themes, &mut tx, letter).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn shipped(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    about: &About,
    template: &'static str,
) -> Result<()> {
    let order = orders::order_view_by_id(platform, must(about.order_id, "order")?).await?;
    let (parcel_id, shipment_id) =
        (must(about.parcel_id, "parcel")?, must(about.shipment_id, "shipment")?);
    let parcel = must(order.parcels.iter().find(|p| p.id == parcel_id), "parcel of its order")?;
    let shipment =
        must(parcel.shipments.iter().find(|s| s.id == shipment_id), "shipment of its parcel")?;
    let mut tx = platform.db.platform("shipment").await?;
    let to = shopper(&mut tx, about, &order).await?;
    let url = platform.url(&format!("/orders/{}/tracking", order.number));
    let sale = match parcel.lines.first() {
        Some(line) => sales::published_by_id(&mut tx, tenant, line.sale_id).await?,
        None => None,
    };
    let feedback_url = sale
        .map(|sale| platform.url(&format!("/sales/{}/feedback?order={}", sale.slug, order.number)));
    let context = json!({
        "order": {"number": order.number}, "parcel": parcel_words(parcel), "shipment": shipment, "url": url, "feedback_url": feedback_url,
    });
    let letter = Letter {
        tenant,
        to: &to,
        template,
        context,
        dedupe_key: format!("{template}:{shipment_id}"),
    };
    write(platform, themes, &mut tx, letter).await?;
    if let (Some(phone), "shipped") = (&order.shipping_address.phone, template) {
        let text = format!(
            "Your parcel from {} is on its way with {}, number {}. Follow it: {url}",
            parcel.provider_name, shipment.carrier, shipment.tracking_number
        );
        let message = NewMessage {
            tenant,
            account: Some(to.id),
            recipient: phone,
            template: "shipped",
            content: Content::Sms { text },
            dedupe_key: format!("shipped_sms:{shipment_id}"),
        };
        messages::queue(&mut tx, message).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// One letter with all codes of an order: they were issued in one transaction, and each of them is
/// told of.
async fn vouchers_issued(platform: &Platform, themes: &Themes, about: &About) -> Result<()> {
    let (id, account) = (must(about.order_id, "order")?, must(about.account_id, "account")?);
    let order = orders::order_view_by_id(platform, id).await?;
    // In the shopper's own scope, as the order's page reads them.
    let vouchers = orders::voucher_codes(platform, account, &order.number).await?;
    let mut tx = platform.db.platform("vouchers issued").await?;
    let to = shopper(&mut tx, about, &order).await?;
    let letter = Letter {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "voucher_issued",
        context: json!({
            "order": {"number": order.number}, "vouchers": vouchers, "single": vouchers.len() == 1, "url": platform.url(&format!("/orders/{}", order.number)),
        }),
        dedupe_key: format!("voucher_issued:{id}"),
    };
    write(platform, themes, &mut tx, letter).await?;
    tx.commit().await?;
    Ok(())
}

async fn promise_missed(
    platform: &Platform,
    themes: &Themes,
    tenant: TenantId,
    about: &About,
) -> Result<()> {
    let order = orders::order_view_by_id(platform, must(about.order_id, "order")?).await?;
    let id = must(about.parcel_id, "parcel")?;
    let parcel = must(order.parcels.iter().find(|p| p.id == id), "parcel of its order")?;
    // Sent or refunded since it was found: there is nothing to offer any more.
    if !parcel.refund_offered {
        return Ok(());
    }
    let mut tx = platform.db.platform("promise missed").await?;
    let to = shopper(&mut tx, about, &order).await?;
    let context = json!({"order": {"number": order.number}, "parcel": parcel_words(parcel), "url": platform.url(&format!("/orders/{}#parcel-{id}", order.number))});
    let letter = Letter {
        tenant,
        to: &to,
        template: "promise_missed",
        context,
        dedupe_key: format!("promise_missed:{id}"),
    };
    write(platform, themes, &mut tx, letter).await?;
    tx.commit().await?;
    Ok(())
}

async fn refunded(platform: &Platform, themes: &Themes, about: &About) -> Result<()> {
    let order = orders::order_view_by_id(platform, must(about.order_id, "order")?).await?;
    let id = must(about.refund_id, "refund")?;
    let refund = must(order.refunds.iter().find(|r| r.id == id), "refund of its order")?;
    let mut tx = platform.db.platform("refund").await?;
    let to = shopper(&mut tx, about, &order).await?;
    let letter = Letter {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "refunded",
        context: json!({
            "order": {"number": order.number, "total": order.total}, "refund": refund, "full": refund.amount == order.total,
            "url": platform.url(&format!("/orders/{}", order.number)),
        }),
        dedupe_key: format!("refunded:{id}"),
    };
    write(platform, themes, &mut tx, letter).await?;
    tx.commit().await?;
    Ok(())
}

async fn answered(platform: &Platform, themes: &Themes, about: &About) -> Result<()> {
    if about.author.as_deref() != Some("support") {
        return Ok(());
    }
    let (account, id) =
        (must(about.account_id, "account")?, must(about.conversation_id, "conversation")?);
    let conversation = care::conversation_view(platform, account, id).await?;
    let Some(message) =
        conversation.messages.iter().rfind(|m| m.author == care::CareAuthor::Support)
    else {
        return Ok(());
    };
    let mut tx = platform.db.platform("conversation").await?;
    let to = accounts::by_id(&mut tx, account).await?;
    let letter = Letter {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "conversation_reply",
        context: json!({
            "conversation": {"subject": conversation.subject, "order_number": conversation.order_number},
            "message": {"author_name": message.author_name, "body": validate::paragraphs(&message.body)},
            "url": platform.url(&format!("/conversations/{id}")),
        }),
        dedupe_key: format!("conversation_reply:{}", message.id),
    };
    write(platform, themes, &mut tx, letter).await?;
    tx.commit().await?;
    Ok(())
}

async fn reviewed(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    about: &About,
) -> Result<()> {
    let decision = match event.kind.as_str() {
        "sale.approved" => "approve",
        "sale.changes_requested" => "request_changes",
        _ => "reject",
    };
    let (tenant, sale) = (event.tenant_id, must(about.sale_id, "sale")?);
    let revision = must(about.revision_id, "revision")?;
    let mut tx = platform.db.platform("review").await?;
    let starts_at = sales::published_by_id(&mut tx, tenant, sale)
        .await?
        .map(|sale| sale.content.starts_at.unix_timestamp());
    let starts_at = starts_at
        .and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok())
        .and_then(|at| at.format(&Rfc3339).ok());
    for person in accounts::of_members(&mut tx, tenant, &["owner", "editor"]).await? {
        let letter = Letter {
            tenant,
            to: &person,
            template: "review_decided",
            context: json!({
                "sale": {"title": about.title}, "decision": decision, "reason": about.reason, "decided_by_name": "SMP", "starts_at": starts_at,
                "url": platform.url(&format!("/portal/providers/{tenant}/sales/{sale}")),
            }),
            dedupe_key: format!("review_decided:{revision}:{decision}:{}", person.id),
        };
        write(platform, themes, &mut tx, letter).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The account an event is about, at the address the order was given.
async fn shopper(conn: &mut PgConnection, about: &About, order: &OrderView) -> Result<Account> {
    let account = accounts::by_id(conn, must(about.account_id, "account")?).await?;
    Ok(Account { email: order.email.clone(), ..account })
}

/// Renders a letter in its tenant's look and queues it.
pub(super) async fn write(
    platform: &Platform,
    themes: &Themes,
    conn: &mut PgConnection,
    letter: Letter<'_>,
) -> Result<()> {
    let look = if letter.tenant == TenantId::PLATFORM {
        themes.default_look().clone()
    } else {
        themes.of(conn, letter.tenant).await?
    };
    messages::queue(conn, rendered(platform, &look, letter)?).await
}

/// A letter in a look, ready to be queued.
pub(super) fn rendered<'a>(
    platform: &Platform,
    look: &Look,
    letter: Letter<'a>,
) -> Result<NewMessage<'a>> {
    let context = dressed(
        platform,
        look,
        &json!({"name": letter.to.name, "email": letter.to.email}),
        letter.context,
    );
    let email = look.theme.email(letter.template, &context)?;
    Ok(NewMessage {
        tenant: letter.tenant,
        account: Some(letter.to.id),
        recipient: &letter.to.email,
        template: letter.template,
        content: Content::Email { subject: email.subject, text: email.text, html: email.html },
        dedupe_key: letter.dedupe_key,
    })
}

/// A letter's context with what every letter has.
pub(super) fn dressed(
    platform: &Platform,
    look: &Look,
    recipient: &Value,
    mut context: Value,
) -> Value {
    let settings = &look.settings;
    let accent = accent::parse(&settings.accent).map(accent::light);
    let hex = |colour: Option<accent::Colour>, fallback: &str| {
        colour.map_or_else(|| fallback.to_owned(), accent::to_hex)
    };
    context["base_url"] = platform.config.base_url.clone().into();
    context["locale"] = settings.locale.clone().into();
    context["recipient"] = recipient.clone();
    context["brand"] = json!({
        "name": settings.name, "tagline": settings.tagline, "support_email": settings.support.email, "support_phone": settings.support.phone,
        "support_hours": settings.support.hours, "social": settings.social,
        "accent": hex(accent.as_ref().map(|a| a.colour), "#333333"), "accent_ink": hex(accent.as_ref().map(|a| a.ink), "#ffffff"),
    });
    context
}

fn country_name(code: &str) -> &str {
    validate::COUNTRIES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

fn parcel_words(parcel: &OrderParcelView) -> Value {
    let lines = parcel.lines.iter().map(|line| {
        let total = Money::new(
            line.unit_price.amount * i64::from(line.quantity),
            line.unit_price.currency.clone(),
        );
        let mut words = json!(line);
        words["total"] = json!(total);
        words
    });
    let mut words = json!(parcel);
    words["lines"] = lines.collect();
    words["vouchers_only"] = is_vouchers_only(&parcel.lines).into();
    words
}

fn is_vouchers_only(lines: &[OrderLineView]) -> bool {
    lines.iter().all(|line| line.voucher_valid_days.is_some())
}

fn order_words(order: &OrderView) -> Value {
    let mut address = json!(order.shipping_address);
    address["country_name"] = country_name(&order.shipping_address.country).into();
    json!({
        "number": order.number, "total": order.total, "email": order.email, "shipping_address": address,
        "parcels": order.parcels.iter().map(parcel_words).collect::<Vec<_>>(), "has_vouchers": !order.vouchers.is_empty(),
        "vouchers_only": order.parcels.iter().all(|parcel| is_vouchers_only(&parcel.lines)),
    })
}
