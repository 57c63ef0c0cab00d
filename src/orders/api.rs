//! The API of orders: checkout and orders for shoppers, search and refunds for SMP.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use time::OffsetDateTime;

use super::{
    address::Address,
    billing::BillingInput,
    cancel::cancel_even_paid,
    codes::{VoucherCodeView, voucher_codes},
    lookup,
    place::{Checkout, place},
    promise::refund_missed_parcel,
    refund::{RefundRequest, refund},
    refund_by_lines::{LineRefund, refund_lines},
    refund_lines::LineRestock,
    refund_units::LineChoice,
    state::OrderState,
    status::OrderStatus,
    view::{OrderView, RefundView},
};
use crate::{
    access::{SignedIn, Staff, Tag},
    kernel::{
        FieldErrors, HoldId, Input, LineId, Money, Page, PageQuery, ParcelId, Result, validate,
    },
    platform::Platform,
};

pub struct OrdersApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct OrderInput {
    shipping_address: Address,
    /// Where the confirmation goes; the account's own email by default.
    email: Option<String>,
    /// Of the customer, in E.164.
    phone: Option<String>,
    /// The shipping address when absent.
    billing_address: Option<Address>,
    /// With its country's letters first, like DE123456789. Only its form is checked.
    vat_id: Option<String>,
    /// The holds to order, at least one and at most 100; everything the caller holds when absent.
    hold_ids: Option<Vec<HoldId>>,
    /// The total that the shopper agreed to, in minor units. When it is not the order's, nothing is
    /// ordered.
    expected_total_minor: Option<i64>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RefundInput {
    /// For the shopper, who gets it by email; at most 500 characters.
    reason: String,
    /// For SMP's team alone; at most 500 characters.
    note: Option<String>,
    /// Minor units; everything that is left when absent. Less than that is goodwill: it moves no units.
    amount_minor: Option<i64>,
    /// The units to refund, with what becomes of each; beside it, `amount_minor` and `restock` are left
    /// out.
    lines: Option<Vec<RefundLineInput>>,
    /// Whether the units go back on sale. When absent, those of parcels that were never shipped do.
    /// Only a refund of everything that is left returns units.
    restock: Option<bool>,
}

/// Units of a line to refund.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub(super) struct RefundLineInput {
    line_id: LineId,
    /// Units, of those that are left.
    quantity: i32,
    /// Minor units, of what is left of the line; what the units cost when absent.
    amount_minor: Option<i64>,
    /// What became of the units. `never_sold`: the parcel was not shipped. `came_back` and `lost`: it
    /// was; `lost` also for what was not, and cannot be sold.
    restock: LineRestock,
}

impl From<&RefundLineInput> for LineChoice {
    fn from(input: &RefundLineInput) -> Self {
        Self {
            line: input.line_id,
            quantity: input.quantity,
            amount_minor: input.amount_minor,
            restock: input.restock,
        }
    }
}

#[derive(Object)]
#[oai(rename = "OrderVoucherCodes")]
struct VoucherCodeList {
    items: Vec<VoucherCodeView>,
}

/// An order as SMP's team sees it.
#[derive(Object)]
#[oai(rename = "StaffOrder")]
struct StaffOrderView {
    customer_name: String,
    #[oai(flatten)]
    order: OrderView,
}

/// An order in a list.
#[derive(Object)]
#[oai(rename = "OrderSummary")]
struct OrderSummaryView {
    /// What people call the order by.
    number: String,
    state: OrderState,
    /// Where it stands, with its shipments and refunds.
    status: OrderStatus,
    customer_name: String,
    email: String,
    total: Money,
    /// Of the total, what was paid back.
    refunded: Money,
    created_at: OffsetDateTime,
    /// Names of the providers that sell in it.
    providers: Vec<String>,
}

impl From<OrderView> for OrderSummaryView {
    fn from(order: OrderView) -> Self {
        Self {
            providers: order.parcels.into_iter().map(|parcel| parcel.provider_name).collect(),
            number: order.number,
            state: order.state,
            status: order.status,
            customer_name: order.shipping_address.name,
            email: order.email,
            total: order.total,
            refunded: order.refunded,
            created_at: order.created_at,
        }
    }
}

#[derive(ApiResponse)]
enum OrderPlaced {
    /// Placed; not paid yet.
    #[oai(status = 201)]
    Created(Json<OrderView>),
}

#[derive(ApiResponse)]
pub(super) enum RefundMade {
    /// Refunded, or on its way: `state` says so.
    #[oai(status = 201)]
    Created(Json<RefundView>),
}

#[OpenApi(tag = "Tag::Orders")]
impl OrdersApi {
    /// Order what I hold
    ///
    /// Makes one order of everything the caller holds, or of the holds that `hold_ids` names, at the
    /// prices and terms at the time of the holds. It has to be paid before the holds expire
    /// (`pay_by`). Going back and ordering the same holds again returns the same order with the new
    /// address. An unpaid order for some of the holds is replaced; one for other holds stays.
    ///
    /// Where items ask for a deposit, `due_now` of the total is paid first, and `rest` by `rest_due_on`.
    /// Shoppers are reminded 14 and 3 days before and on the day. 3 days after it the order is cancelled, and
    /// `kept_if_unpaid` of the deposits is not refunded.
    ///
    /// An address outside the countries a sale ships to is a 422, and so is a hold in `hold_ids`
    /// that ended, is named twice or is not the caller's. Refused with 409: `urn:smp:cart_empty`,
    /// `urn:smp:hold_expired`, `urn:smp:mixed_currencies` when the holds are priced in two
    /// currencies, `urn:smp:price_changed` when the total is not `expected_total_minor`; the detail
    /// has both.
    #[oai(path = "/me/orders", method = "post", operation_id = "order_create")]
    async fn order_create(&self, caller: SignedIn, body: Input<OrderInput>) -> Result<OrderPlaced> {
        let input = body.0;
        let checkout = Checkout {
            address: input.shipping_address,
            email: input.email.as_deref(),
            billing: BillingInput {
                phone: input.phone.as_deref(),
                address: input.billing_address,
                vat_id: input.vat_id.as_deref(),
            },
            currency: None,
            hold_ids: input.hold_ids.as_deref(),
            expected_total_minor: input.expected_total_minor,
        };
        let order = place(&self.platform, caller.account(), checkout).await?;
        Ok(OrderPlaced::Created(Json(order)))
    }

    /// My orders, newest first
    ///
    /// The caller's orders in every state, with their parcels, payments and refunds.
    #[oai(path = "/me/orders", method = "get", operation_id = "order_list")]
    async fn order_list(
        &self,
        caller: SignedIn,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<OrderView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        Ok(Json(lookup::order_list(&self.platform, caller.account(), &page).await?))
    }

    /// One of my orders
    ///
    /// One of the caller's orders. Another account's order is a 404.
    #[oai(path = "/me/orders/:number", method = "get", operation_id = "order_get")]
    async fn order_get(&self, caller: SignedIn, number: Path<String>) -> Result<Json<OrderView>> {
        Ok(Json(lookup::order_view(&self.platform, caller.account(), &number.0).await?))
    }

    /// Cancel one of my orders
    ///
    /// Cancels an order that was not paid, or that was paid and of which nothing was shipped. Its
    /// units go back on sale. A payment that waits for the shopper is cancelled at its gateway first.
    /// What was paid is refunded in full, and the providers are told not to ship.
    ///
    /// Refused with 409: `urn:smp:order_cancelled` when it is already, `urn:smp:payment_under_way`
    /// while nobody knows whether it is paid, `urn:smp:already_shipped`, `urn:smp:partly_shipped`,
    /// `urn:smp:already_refunded`, and `urn:smp:vouchers_issued` or `urn:smp:reservation_confirmed`
    /// when it has more than goods: ask customer service then.
    #[oai(path = "/me/orders/:number/cancel", method = "post", operation_id = "order_cancel")]
    async fn order_cancel(
        &self,
        caller: SignedIn,
        number: Path<String>,
    ) -> Result<Json<OrderView>> {
        Ok(Json(cancel_even_paid(&self.platform, caller.account(), &number.0).await?))
    }

    /// The voucher codes of one of my orders
    ///
    /// The codes that were bought, to be shown to their owner only. Empty for an order without
    /// vouchers and for one that is not paid.
    #[oai(
        path = "/me/orders/:number/vouchers",
        method = "get",
        operation_id = "order_voucher_list"
    )]
    async fn order_voucher_list(
        &self,
        caller: SignedIn,
        number: Path<String>,
    ) -> Result<Json<VoucherCodeList>> {
        Ok(Json(VoucherCodeList {
            items: voucher_codes(&self.platform, caller.account(), &number.0).await?,
        }))
    }

    /// Get a refund for a parcel that missed its promised date
    ///
    /// Refunds a parcel in full when the date promised for an aggregated sale passed and it was not
    /// shipped. Its units are not sold again. A repeat returns the order as it is.
    ///
    /// Refused with 409: `urn:smp:promise_not_missed`, `urn:smp:disputed`, `urn:smp:not_refundable` when it was shipped
    /// or cancelled meanwhile, `urn:smp:already_refunded`, `urn:smp:not_paid`.
    #[oai(
        path = "/me/orders/:number/parcels/:parcel/refund",
        method = "post",
        operation_id = "parcel_refund"
    )]
    async fn parcel_refund(
        &self,
        caller: SignedIn,
        number: Path<String>,
        parcel: Path<ParcelId>,
    ) -> Result<Json<OrderView>> {
        Ok(Json(refund_missed_parcel(&self.platform, caller.account(), &number.0, parcel.0).await?))
    }

    /// Orders across providers, by number, email or name
    ///
    /// Every order, for customer service: `q` finds part of an order number, an email address or a
    /// name.
    #[oai(path = "/orders", method = "get", operation_id = "staff_order_list")]
    async fn staff_order_list(
        &self,
        _staff: Staff,
        q: Query<Option<String>>,
        state: Query<Option<OrderState>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<OrderSummaryView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let words = validate::search("q", q.0.as_deref())?;
        let found = lookup::staff_order_list(&self.platform, words, state.0, &page).await?;
        let items = found.items.into_iter().map(OrderSummaryView::from).collect();
        Ok(Json(Page { items, next_cursor: found.next_cursor }))
    }

    /// Any order
    ///
    /// The whole of one order, with the customer's name, parcels, payments and refunds.
    #[oai(path = "/orders/:number", method = "get", operation_id = "staff_order_get")]
    async fn staff_order_get(
        &self,
        _staff: Staff,
        number: Path<String>,
    ) -> Result<Json<StaffOrderView>> {
        let order = lookup::staff_order_view(&self.platform, &number.0).await?;
        Ok(Json(StaffOrderView { customer_name: order.shipping_address.name.clone(), order }))
    }

    /// Refund an order
    ///
    /// Pays money back the way it was paid, all that is left or a part of it. A full refund cancels parcels
    /// that were not shipped yet, and returns their units to stock. Units that were shipped come
    /// back only when `restock` says so. The customer is told, with the reason. Written to the
    /// audit log.
    ///
    /// `lines` refunds units instead: each line costs its part of the price that was charged for it, and
    /// the parts of all units add up to the line. Units that were `never_sold` go back on sale, those that
    /// `came_back` while their sale runs, those that are `lost` never. Vouchers that are refunded are void.
    /// A parcel of which no unit is left is not sent. Wrong lines, too many units and what was shipped as
    /// `never_sold` are a 422 on the field.
    ///
    /// What was paid as a deposit and a rest goes back to the rest's payment first; a refund that is larger
    /// is made of two, of which the answer is the first.
    ///
    /// A repeat with the same `Idempotency-Key` (1 to 120 characters) refunds once; the key of
    /// another refund is a 409 `urn:smp:key_reused`. Refused with 409 as well: `urn:smp:not_paid`,
    /// `urn:smp:already_refunded`, `urn:smp:disputed` while the shopper's bank disputes the payment, and
    /// once it has paid it back; of lines also `urn:smp:order_cancelled` and `urn:smp:rest_due`. More than
    /// is left is a 422 on `amount_minor`.
    #[oai(path = "/orders/:number/refunds", method = "post", operation_id = "refund_create")]
    async fn refund_create(
        &self,
        staff: Staff,
        number: Path<String>,
        body: Input<RefundInput>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
    ) -> Result<RefundMade> {
        let (by, number, key) = (staff.0.account.id, &number.0, key.0.as_deref());
        let note = body.note.as_deref().unwrap_or_default();
        let refund = if let Some(lines) = &body.lines {
            let mut fields = FieldErrors::default();
            let message =
                "Leave it out beside lines, which have an amount and a restock choice each";
            fields.check(body.amount_minor.is_none(), "amount_minor", message);
            fields.check(body.restock.is_none(), "restock", message);
            fields.finish()?;
            let lines: Vec<LineChoice> = lines.iter().map(LineChoice::from).collect();
            let request =
                LineRefund { reason: &body.reason, note, lines: &lines, idempotency_key: key };
            refund_lines(&self.platform, by, number, request).await?
        } else {
            let request = RefundRequest {
                reason: &body.reason,
                note,
                restock: body.restock,
                amount_minor: body.amount_minor,
                idempotency_key: key,
            };
            refund(&self.platform, by, number, request).await?
        };
        Ok(RefundMade::Created(Json(refund)))
    }
}
