//! Stripe's own report of what moved: its balance transactions.

use ::stripe_core::balance_transaction::ListBalanceTransaction;
use ::stripe_shared::{BalanceTransaction, BalanceTransactionSource};
use ::stripe_types::{Expandable, RangeBoundsTs, RangeQueryTs};
use time::OffsetDateTime;

use super::{
    super::reported::{MovedMoney, Movement},
    api::{StripeApi, StripeRefusal},
};
use crate::kernel::Money;

/// What is read at once: as much as Stripe gives.
const PAGE: i64 = 100;
/// Pages that are read of a report, at most.
const PAGES_MAX: usize = 200;

impl StripeApi<'_> {
    /// The payments and refunds that Stripe booked in this time, in the currency of the shopper.
    pub async fn moved_between(
        &self,
        since: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<MovedMoney>, StripeRefusal> {
        let span = RangeBoundsTs {
            gte: Some(since.unix_timestamp()),
            lt: Some(until.unix_timestamp()),
            ..RangeBoundsTs::default()
        };
        let mut moved = vec![];
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut request = ListBalanceTransaction::new()
                .created(RangeQueryTs::Bounds(span))
                .expand(vec!["data.source".to_owned()])
                .limit(PAGE);
            if let Some(last) = &after {
                request = request.starting_after(last.as_str());
            }
            let page = request.send(self.client()).await?;
            moved.extend(page.data.iter().filter_map(moved_by));
            after = page.data.last().map(|last| last.id.to_string());
            if !page.has_more || after.is_none() {
                return Ok(moved);
            }
        }
        Err(StripeRefusal::unknown("the report has more pages than are read"))
    }
}

/// The payment or refund that a balance transaction is of; None for what is neither, such as payouts, and for
/// a refund that is not made: the money of one that failed is back, and one that is pending is not on SMP's
/// books yet.
fn moved_by(booked: &BalanceTransaction) -> Option<MovedMoney> {
    let money = |amount, currency: &::stripe_types::Currency| {
        Money::new(amount, currency.to_string().to_ascii_uppercase())
    };
    match booked.source.as_ref().and_then(Expandable::as_object)? {
        BalanceTransactionSource::Charge(charge) if booked.amount > 0 => Some(MovedMoney {
            movement: Movement::Payment,
            reference: charge.payment_intent.as_ref()?.id().to_string(),
            amount: money(charge.amount, &charge.currency),
        }),
        BalanceTransactionSource::Refund(refund)
            if booked.amount < 0 && refund.status.as_deref() == Some("succeeded") =>
        {
            Some(MovedMoney {
                movement: Movement::Refund,
                reference: refund.id.to_string(),
                amount: money(refund.amount, &refund.currency),
            })
        }
        _ => None,
    }
}
