//! The API of what is on record about orders: their history, the payments and attempts across all
//! of them, and where an unpaid one goes.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    address::Address,
    history_view::{HistoryEntryView, history_for_staff, history_of_shopper},
    payment_list::{PaymentEntryView, payment_list},
    readdress::readdress,
    store,
    view::OrderView,
};
use crate::{
    access::{SignedIn, Staff, Tag},
    kernel::{Input, Page, PageQuery, Result, validate},
    ledger::{self, LedgerTransferView},
    payments::PaymentState,
    platform::Platform,
};

pub struct OrderRecordsApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReaddressInput {
    shipping_address: Address,
    /// Where the confirmation goes; it stays as it is when absent.
    email: Option<String>,
}

#[derive(Object)]
struct OrderHistory {
    items: Vec<HistoryEntryView>,
}

/// Where the money of an order came from and went.
#[derive(Object)]
struct OrderLedger {
    transfers: Vec<LedgerTransferView>,
}

#[OpenApi(tag = "Tag::Orders")]
impl OrderRecordsApi {
    /// Change where an unpaid order goes
    ///
    /// Replaces the address, and the email if there is one, of an order that is not paid yet. Its
    /// holds, its number and until when it can be paid stay.
    ///
    /// An address outside the countries that its sales ship to is a 422 on
    /// `shipping_address.country` and changes nothing. Refused with 409: `urn:smp:already_paid`,
    /// `urn:smp:order_cancelled`, `urn:smp:hold_expired`, `urn:smp:payment_under_way`,
    /// `urn:smp:too_many_changes` after 50.
    #[oai(path = "/me/orders/:number/address", method = "put", operation_id = "order_readdress")]
    async fn order_readdress(
        &self,
        caller: SignedIn,
        number: Path<String>,
        body: Input<ReaddressInput>,
    ) -> Result<Json<OrderView>> {
        let ReaddressInput { shipping_address, email } = body.0;
        let account = caller.account();
        let order =
            readdress(&self.platform, account, &number.0, shipping_address, email.as_deref());
        Ok(Json(order.await?))
    }

    /// What happened to one of my orders
    ///
    /// Its steps, oldest first, each with who took it: placed, paid, shipped, refunded, cancelled.
    #[oai(path = "/me/orders/:number/history", method = "get", operation_id = "order_history_list")]
    async fn order_history_list(
        &self,
        caller: SignedIn,
        number: Path<String>,
    ) -> Result<Json<OrderHistory>> {
        let items = history_of_shopper(&self.platform, caller.account(), &number.0).await?;
        Ok(Json(OrderHistory { items }))
    }

    /// What happened to any order
    ///
    /// Its steps, oldest first, with the names of those who took them, and beside each what the
    /// shopper reads about it.
    #[oai(
        path = "/orders/:number/history",
        method = "get",
        operation_id = "staff_order_history_list"
    )]
    async fn staff_order_history_list(
        &self,
        _staff: Staff,
        number: Path<String>,
    ) -> Result<Json<OrderHistory>> {
        Ok(Json(OrderHistory { items: history_for_staff(&self.platform, &number.0).await? }))
    }

    /// Where the money of an order went
    ///
    /// Every transfer that followed from the order, oldest first: what was taken, what its providers are owed
    /// and SMP earns of it, what went back, and what became of disputes. Each sums to zero.
    #[oai(path = "/orders/:number/ledger", method = "get", operation_id = "order_ledger_get")]
    async fn order_ledger_get(
        &self,
        _staff: Staff,
        number: Path<String>,
    ) -> Result<Json<OrderLedger>> {
        let mut tx = self.platform.db.platform("ledger of an order").await?;
        let order = store::by_number(&mut tx, &number.0).await?;
        let transfers = ledger::of_order(&mut tx, order.id).await?;
        Ok(Json(OrderLedger { transfers }))
    }

    /// Payments and attempts across orders, newest first
    ///
    /// Every attempt to pay, with its gateway, amount, how it ended and why it failed, for finance
    /// and customer service. `failure` is what the shopper was told.
    #[oai(path = "/payments", method = "get", operation_id = "payment_list")]
    async fn payment_list(
        &self,
        _staff: Staff,
        state: Query<Option<PaymentState>>,
        /// The name of a gateway, like `sandbox`.
        gateway: Query<Option<String>>,
        /// The number of an order, with or without hyphens.
        order: Query<Option<String>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<PaymentEntryView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let gateway = validate::search("gateway", gateway.0.as_deref())?;
        let number = validate::search("order", order.0.as_deref())?;
        Ok(Json(payment_list(&self.platform, state.0, gateway, number, &page).await?))
    }
}
