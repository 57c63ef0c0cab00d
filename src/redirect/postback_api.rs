//! The API for providers' servers: postbacks of purchases, updates and reversals.

use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};
use time::{Date, OffsetDateTime};

use super::{
    conversion::ConversionView,
    postback_body::{PostbackBody, PostbackInput},
    receive::{Received, Reporter, receive},
    report::NewReport,
    reports::ReportView,
    rules::{Purchase, Reversal, Said, Update},
    states::{Channel, ReportKind},
};
use crate::{
    access::{Actor, KeyHolder, Tag, api_keys::ApiKeyInfo, limits::limit_reporting},
    kernel::Result,
    platform::Platform,
};

pub struct PostbackApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PurchaseInput {
    /// From the address the shopper arrived at.
    click_token: String,
    /// The provider's own order number; a repeat with the same one changes nothing.
    reference: String,
    /// From 1 to the quantity of the click. Several purchases may share a click's units.
    quantity: i32,
    /// What the shopper paid for the sale's items, in minor units; at most ten times the price that
    /// the sale's page showed.
    amount_minor: i64,
    /// ISO 4217; the sale's when the shopper left for the cart.
    currency: String,
    /// The `item` of the address the shopper arrived at. Optional; another one is refused.
    item: Option<String>,
    /// When the shopper bought, at most 30 days after the click; now when left out. Send it with a
    /// report that comes late.
    purchased_at: Option<OffsetDateTime>,
    /// Where the shopper can follow the parcel; https.
    tracking_url: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct UpdateInput {
    /// The provider's own order number, as its purchase is or will be reported.
    reference: String,
    /// Your own id of this update, 1 to 120 characters; a repeat with the same one changes nothing.
    update_reference: String,
    /// When it happened. Of two updates that say different things, the later one counts.
    occurred_at: OffsetDateTime,
    /// Where the shopper can follow the parcel; https.
    tracking_url: Option<String>,
    /// When it is or was shipped.
    ships_on: Option<Date>,
    /// What you issued for the purchase, such as a voucher's code; kept sealed and shown to the
    /// shopper alone. At most 200 characters.
    code: Option<String>,
    /// True: you confirm the purchase or the reservation.
    #[oai(default)]
    confirmed: bool,
    /// Your number of the confirmation, which confirms it as well.
    confirmation_number: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReversalInput {
    /// The provider's own order number, as it is or will be reported.
    reference: String,
    /// Your own id of this reversal, at most 120 characters. Required for a part of a purchase; a
    /// repeat with the same one changes nothing.
    #[oai(default)]
    reversal_reference: String,
    /// Units given back. Leave out this and the amount to reverse the whole purchase.
    quantity: Option<i32>,
    /// Money given back, in minor units. Left out beside a quantity, it is that share of the
    /// amount.
    amount_minor: Option<i64>,
    /// 1 to 500 characters.
    reason: String,
}

impl PostbackInput for PurchaseInput {
    const KIND: ReportKind = ReportKind::Purchase;
}

impl PostbackInput for UpdateInput {
    const KIND: ReportKind = ReportKind::Update;
}

impl PostbackInput for ReversalInput {
    const KIND: ReportKind = ReportKind::Reversal;
}

#[derive(ApiResponse)]
enum PurchaseReported {
    /// Reported before, with the same values.
    #[oai(status = 200)]
    Known(Json<ConversionView>),
    /// Recorded.
    #[oai(status = 201)]
    Created(Json<ConversionView>),
}

#[derive(ApiResponse)]
enum FollowUpReported {
    /// It counts for its purchase.
    #[oai(status = 200)]
    Counts(Json<ConversionView>),
    /// No purchase with this reference is reported yet. It is kept, and counts when the purchase
    /// comes.
    #[oai(status = 202)]
    Waits(Json<ReportView>),
}

impl From<Received> for FollowUpReported {
    fn from(received: Received) -> Self {
        match received {
            Received::New(view) | Received::Repeated(view) => Self::Counts(Json(view)),
            Received::Waiting(report) => Self::Waits(Json(report)),
        }
    }
}

fn server(key: &ApiKeyInfo) -> Reporter {
    Reporter { tenant: key.tenant, channel: Channel::ApiKey, actor: Some(Actor::ApiKey(key.id)) }
}

#[OpenApi(tag = "Tag::Redirect")]
impl PostbackApi {
    /// Report a purchase
    ///
    /// Records that a click led to a purchase in the provider's own cart. `reference` is the
    /// provider's order number: the same report again is a 200 and changes nothing, so send it
    /// until it was answered. What was reported of this reference before, such as a reversal,
    /// counts from now on. Written to the audit log.
    ///
    /// Refused with 409 `urn:smp:reference_used` when the reference was reported with other values,
    /// which are named. A token that SMP did not sign, that is of another provider's click or of
    /// one more than 30 days before the purchase, another item or currency than the click's, more
    /// units than the click has left, or a hundred reports of one click are a 422 on the field.
    /// What is refused is kept, too, also a body that cannot be read: the provider's list of reports
    /// shows it with the reason. The key of a suspended provider is refused with 409
    /// `urn:smp:provider_suspended`. An address of the network can report 6,000 times a minute;
    /// beyond that the answer is 429.
    #[oai(
        path = "/postbacks/purchases",
        method = "post",
        operation_id = "postback_purchase",
        transform = "limit_reporting"
    )]
    async fn postback_purchase(
        &self,
        key: KeyHolder,
        body: PostbackBody<PurchaseInput>,
    ) -> Result<PurchaseReported> {
        let body = body.0;
        let purchase = Purchase {
            click_token: body.click_token,
            quantity: body.quantity,
            amount_minor: body.amount_minor,
            currency: body.currency,
            item: body.item,
            purchased_at: body.purchased_at,
            tracking_url: body.tracking_url,
        };
        let report = NewReport {
            reference: body.reference,
            own_key: String::new(),
            said: Said::Purchase(purchase),
        };
        match receive(&self.platform, server(&key.0), report).await? {
            Received::New(view) => Ok(PurchaseReported::Created(Json(view))),
            Received::Repeated(view) => Ok(PurchaseReported::Known(Json(view))),
            Received::Waiting(report) => {
                Err(anyhow::anyhow!("the purchase {} waits for itself", report.reference).into())
            }
        }
    }

    /// Report what became known of a purchase
    ///
    /// Adds to a reported purchase what its provider knows later: that it is confirmed, its
    /// tracking link, the day it ships, a code. The shopper sees it in their account and is told by
    /// email if they were signed in when they left for the cart. Send each update until it was
    /// answered: a repeat changes nothing, and the order in which reports arrive does not matter.
    /// Written to the audit log.
    ///
    /// Without a purchase of this reference the answer is 202, and the update waits for it. An
    /// `update_reference` that was sent with other values is refused with 409
    /// `urn:smp:reference_used`. The key of a suspended provider is refused with 409
    /// `urn:smp:provider_suspended`. An address of the network can report 6,000 times a minute;
    /// beyond that the answer is 429.
    #[oai(
        path = "/postbacks/updates",
        method = "post",
        operation_id = "postback_update",
        transform = "limit_reporting"
    )]
    async fn postback_update(
        &self,
        key: KeyHolder,
        body: PostbackBody<UpdateInput>,
    ) -> Result<FollowUpReported> {
        let body = body.0;
        let update = Update {
            occurred_at: body.occurred_at,
            tracking_url: body.tracking_url,
            ships_on: body.ships_on,
            code: body.code,
            confirmed: body.confirmed,
            confirmation_number: body.confirmation_number,
        };
        let report = NewReport {
            reference: body.reference,
            own_key: body.update_reference,
            said: Said::Update(update),
        };
        Ok(receive(&self.platform, server(&key.0), report).await?.into())
    }

    /// Report that a purchase was reversed
    ///
    /// Takes a reported purchase back, in full or a part of it: a return, a cancellation, a fraud.
    /// A repeat changes nothing, and the order in which reports arrive does not matter. Written to
    /// the audit log.
    ///
    /// Without a purchase of this reference the answer is 202, and the reversal waits for it. More
    /// than was bought is a 422 on the field. A `reversal_reference` that was sent with another
    /// quantity or amount is refused with 409 `urn:smp:reference_used`. The key of a suspended
    /// provider is refused with 409 `urn:smp:provider_suspended`. An address of the network can
    /// report 6,000 times a minute; beyond that the answer is 429.
    #[oai(
        path = "/postbacks/reversals",
        method = "post",
        operation_id = "postback_reversal",
        transform = "limit_reporting"
    )]
    async fn postback_reversal(
        &self,
        key: KeyHolder,
        body: PostbackBody<ReversalInput>,
    ) -> Result<FollowUpReported> {
        let body = body.0;
        let reversal = Reversal {
            quantity: body.quantity,
            amount_minor: body.amount_minor,
            reason: body.reason,
        };
        let report = NewReport {
            reference: body.reference,
            own_key: body.reversal_reference,
            said: Said::Reversal(reversal),
        };
        Ok(receive(&self.platform, server(&key.0), report).await?.into())
    }
}
