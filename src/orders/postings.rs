//! What orders post to the ledger. Each function is the last statement of the transaction that causes it.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{components, lines::OrderLine, refund_lines, store::Order};
use crate::{
    kernel::{LineId, Money, OrderId, Result},
    ledger::{
        self, CashNotDue, CommissionedLine, LedgerTransfer, PaidSale, PostedLine, RefundedMoney,
        SaleMoney, SoldPart,
    },
    payments::{self, CashCollection, CashOutcome, Payment, Refund},
    pricing::Quote,
};

/// An order that a payment confirmed, with its lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConfirmedSale<'a> {
    pub order: &'a Order,
    pub payment: &'a Payment,
    pub lines: &'a [OrderLine],
    pub money: SaleMoney,
}

impl ConfirmedSale<'_> {
    fn transfer(&self, parts: &[SoldPart]) -> LedgerTransfer {
        ledger::sale_transfer(&PaidSale {
            order: self.order.id,
            order_number: &self.order.number,
            payment: self.payment.id,
            gateway: &self.payment.gateway,
            currency: &self.order.currency,
            amount_minor: self.payment.amount_minor,
            money: self.money,
            parts,
        })
    }
}

/// Posts orders that were confirmed, and freezes the commission of their lines.
pub(super) async fn confirmed(
    conn: &mut PgConnection,
    sales: &[ConfirmedSale<'_>],
    now: OffsetDateTime,
) -> Result<()> {
    let orders: Vec<uuid::Uuid> = sales.iter().map(|sale| sale.order.id.0).collect();
    let all: Vec<OrderLine> = sales.iter().flat_map(|sale| sale.lines).cloned().collect();
    let quotes = components::of_orders(conn, &orders, &all).await?;
    let currencies: HashMap<OrderId, &str> =
        sales.iter().map(|sale| (sale.order.id, sale.order.currency.as_str())).collect();
    let base = |line: &OrderLine| {
        quotes.get(&line.order).map_or(0, |quote| ledger::commission_base_minor(quote, line.hold))
    };
    let commissioned = |line: &OrderLine| CommissionedLine {
        tenant: line.tenant,
        line: line.id,
        sale: line.sale,
        quantity: line.quantity,
        base_minor: base(line),
        currency: currencies.get(&line.order).copied().unwrap_or_default(),
    };
    let frozen: Vec<CommissionedLine<'_>> = all.iter().map(commissioned).collect();
    let commissions = ledger::freeze(conn, &frozen).await?;
    let transfers: Vec<LedgerTransfer> = sales
        .iter()
        .filter_map(|sale| {
            let quote = quotes.get(&sale.order.id)?;
            Some(sale.transfer(&parts(quote, sale.lines, &commissions)))
        })
        .collect();
    ledger::post(conn, &transfers, now).await
}

/// Posts that the rest of an order was paid.
pub(super) async fn rest_paid(
    conn: &mut PgConnection,
    order: &Order,
    payment: &Payment,
    lines: &[OrderLine],
    now: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<_> = lines.iter().map(|line| (line.tenant, line.id)).collect();
    let commissions = ledger::commissions_of(conn, &ids).await?;
    let quote = components::of_order(conn, order.id, lines).await?;
    let sale = ConfirmedSale { order, payment, lines, money: SaleMoney::Rest };
    let transfer = sale.transfer(&parts(&quote, lines, &commissions));
    ledger::post(conn, &[transfer], now).await
}

fn parts(quote: &Quote, lines: &[OrderLine], commissions: &HashMap<LineId, i64>) -> Vec<SoldPart> {
    let sold = |line: &OrderLine| PostedLine {
        tenant: line.tenant,
        parcel: line.parcel,
        line: line.id,
        hold: line.hold,
        commission_minor: commissions.get(&line.id).copied().unwrap_or_default(),
        rest_minor: line.rest_minor(),
    };
    ledger::sold_parts(quote, &lines.iter().map(sold).collect::<Vec<_>>())
}

/// What the ledger calls the gateway of money that was paid back without one.
const ELSEWHERE: &str = "elsewhere";

/// Posts a refund that was made: by the gateway of its payment, or another way.
pub(super) async fn refunded(
    conn: &mut PgConnection,
    order: &Order,
    refund: &Refund,
    elsewhere: bool,
    now: OffsetDateTime,
) -> Result<()> {
    let payment = payments::find(conn, refund.payment_id).await?;
    let rows = refund_lines::of_orders(conn, &[order.id.0]).await?;
    let own = rows.iter().filter(|row| row.refund == refund.id);
    let lines: Vec<(LineId, i64)> = own.map(|row| (row.line, row.amount_minor)).collect();
    let refunded = RefundedMoney {
        refund: refund.id,
        order: order.id,
        order_number: &order.number,
        payment: payment.id,
        gateway: if elsewhere { ELSEWHERE } else { &payment.gateway },
        parcel: refund.parcel,
        lines: &lines,
        amount: &refund.amount(),
        surplus: refund.surplus,
    };
    ledger::post_refund(conn, &refunded, now).await
}

/// Posts that a refund failed after it was made.
pub(super) async fn refund_failed(
    conn: &mut PgConnection,
    order: &Order,
    refund: &Refund,
    now: OffsetDateTime,
) -> Result<()> {
    ledger::post_refund_failed(conn, refund.id, &order.number, now).await
}

/// Posts that a payment took money that pays for nothing.
pub(super) async fn taken(
    conn: &mut PgConnection,
    order: &Order,
    payment: &Payment,
    amount: &Money,
    now: OffsetDateTime,
) -> Result<()> {
    ledger::post_taken(conn, order.id, payment.id, &payment.gateway, amount, now).await
}

/// Posts what became of a parcel at the door.
pub(super) async fn cash_noted(
    conn: &mut PgConnection,
    noted: &CashCollection,
    now: OffsetDateTime,
) -> Result<()> {
    let currency = &noted.amount.currency;
    match noted.outcome {
        CashOutcome::Collected => {
            let parcel = (noted.tenant, noted.parcel);
            ledger::cash_collected(conn, noted.order, noted.payment, parcel, currency, now).await
        }
        CashOutcome::Refused => {
            let why = CashNotDue::Refused(noted.parcel);
            ledger::cash_withdrawn(conn, noted.order, why, currency, now).await
        }
    }
}

/// Posts that the cash for a parcel, or for a cancelled order, is not collected any more, if it was to be paid
/// in cash.
pub(super) async fn cash_withdrawn(
    conn: &mut PgConnection,
    order: &Order,
    why: CashNotDue,
    now: OffsetDateTime,
) -> Result<()> {
    ledger::cash_withdrawn(conn, order.id, why, &order.currency, now).await
}
