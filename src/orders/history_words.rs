//! The history of orders in words, for each of those who read it. The only place with these words:
//! pages, portal and API show them as they are.

use serde_json::Value;

use super::history::HistoryKind;
use crate::kernel::Money;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Shopper,
    /// The provider of one parcel of the order.
    Provider,
    Staff,
}

/// What happened, in a sentence without a full stop. None when it is not for this reader.
pub fn sentence(kind: HistoryKind, details: &Value, reader: Reader) -> Option<String> {
    use HistoryKind::{
        Cancelled, CashCollected, Delivered, DisputeClosed, DisputeOpened, EvidenceSubmitted,
        InTransit, PaymentBegun, PaymentDue, PaymentEnded, PaymentFailed, PaymentSucceeded, Placed,
        PromiseMissed, Readdressed, RefundFailed, RefundRequested, Refunded, RefundedElsewhere,
        RefusedAtDoor, RestReminded, ReturnedToSender, Shipped,
    };
    let text = |field: &str| details[field].as_str().filter(|text| !text.is_empty());
    let staff = reader == Reader::Staff;
    // A provider sees its parcel, and neither the attempts to pay nor what the others sold.
    if reader == Reader::Provider
        && matches!(
            kind,
            Placed | Readdressed | PaymentBegun | PaymentFailed | PaymentEnded | RefundFailed
        )
    {
        return None;
    }
    // What a bank and SMP settle between them is not for the shopper, who knows it from the bank.
    if !staff && matches!(kind, DisputeOpened | EvidenceSubmitted | DisputeClosed) {
        return None;
    }
    let amount = details["amount_minor"].as_i64().zip(text("currency")).filter(|_| {
        // What all providers of an order sold together is not for one of them.
        reader != Reader::Provider || details["parcel_id"].is_string()
    });
    let money = amount.map(|(amount, currency)| Money::new(amount, currency).to_string());
    let because = |text: Option<&str>| text.map(|text| format!(": {text}")).unwrap_or_default();
    Some(match kind {
        Placed => match &money {
            Some(money) => format!("Order placed for {money}"),
            None => "Order placed".to_owned(),
        },
        Readdressed => match details["changed"].as_array().map(Vec::as_slice) {
            Some([Value::String(only)]) if only == "email" => "Email changed".to_owned(),
            Some([Value::String(only)]) if only == "shipping_address" => {
                "Address changed".to_owned()
            }
            Some(changed)
                if changed.iter().all(|field| field != "email" && field != "shipping_address") =>
            {
                "Billing details changed".to_owned()
            }
            _ => "Email and address changed".to_owned(),
        },
        Cancelled if details["parcel_id"].is_string() => parcel_cancelled(text("reason")),
        Cancelled => cancelled(text("reason"), reader).to_owned(),
        PaymentBegun => {
            format!("Payment begun{}", because(text("method").filter(|_| staff)))
        }
        PaymentFailed => format!("The payment did not go through{}", because(text("reason"))),
        PaymentEnded => "A payment that was begun ended without a charge".to_owned(),
        PaymentSucceeded => paid(money.as_deref(), text("part")),
        PaymentDue => match &money {
            Some(money) => format!("{money} to be paid in cash on delivery"),
            None => "To be paid in cash on delivery".to_owned(),
        },
        CashCollected => match &money {
            Some(money) => format!("{money} paid in cash"),
            None => "Paid in cash".to_owned(),
        },
        RefusedAtDoor => "Refused at the door".to_owned(),
        RefundRequested => match &money {
            Some(money) => format!("A refund of {money} began{}", because(text("reason"))),
            None => "A refund began".to_owned(),
        },
        Refunded => match &money {
            Some(money) => format!("{money} was refunded"),
            None => "The order was refunded, in full or in part".to_owned(),
        },
        RefundedElsewhere => match &money {
            Some(money) => format!("{money} was refunded another way than it was paid"),
            None => "The order was refunded another way than it was paid".to_owned(),
        },
        DisputeOpened => match &money {
            Some(money) => format!("A dispute of {money} was opened{}", because(text("reason"))),
            None => "A dispute was opened".to_owned(),
        },
        EvidenceSubmitted => "Evidence was submitted to the shopper’s bank".to_owned(),
        DisputeClosed => format!("The dispute was closed{}", because(text("reason"))),
        RefundFailed if staff => format!("The refund failed{}", because(text("reason"))),
        RefundFailed => "The refund could not be made yet; we’re working on it".to_owned(),
        Shipped => match text("carrier").zip(text("tracking_number")) {
            Some((carrier, number)) => format!("Shipped with {carrier}, {number}"),
            None => "Shipped".to_owned(),
        },
        InTransit => format!("In transit{}", because(text("note"))),
        Delivered => format!("Delivered{}", because(text("note"))),
        ReturnedToSender => format!("Returned to sender{}", because(text("note"))),
        PromiseMissed => "Not shipped by the promised date".to_owned(),
        RestReminded => match &money {
            Some(money) => format!("A reminder of the rest of {money} was sent"),
            None => "A reminder of the rest was sent".to_owned(),
        },
    })
}

fn paid(money: Option<&str>, part: Option<&str>) -> String {
    match (money, part) {
        (Some(money), Some("deposit")) => format!("Deposit of {money} paid"),
        (None, Some("deposit")) => "Deposit paid".to_owned(),
        (Some(money), Some("rest")) => format!("Rest of {money} paid"),
        (None, Some("rest")) => "Rest paid".to_owned(),
        (Some(money), _) => format!("Paid {money}"),
        (None, _) => "Paid".to_owned(),
    }
}

fn parcel_cancelled(reason: Option<&str>) -> String {
    match reason {
        Some("target_missed") => "Parcel cancelled, because its sale did not reach its target",
        _ => "Parcel cancelled, because its sale was cancelled",
    }
    .to_owned()
}

fn cancelled(reason: Option<&str>, reader: Reader) -> &'static str {
    match (reason, reader) {
        (Some("replaced"), Reader::Shopper) => {
            "Cancelled, because your cart changed and a newer order took its place"
        }
        (Some("replaced"), _) => {
            "Cancelled, because the cart changed and a newer order took its place"
        }
        (Some("lapsed"), _) => "Cancelled, because it was not paid in time",
        (Some("sale_cancelled"), _) => "Cancelled, because its sale was cancelled",
        (Some("target_missed"), _) => "Cancelled, because its sale did not reach its target",
        (Some("rest_unpaid"), _) => "Cancelled, because the rest was not paid",
        (Some("units_gone"), _) => {
            "Cancelled, because its items were gone when the payment came through"
        }
        _ => "Order cancelled",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_reader_has_its_own_words() {
        let paid = json!({"amount_minor": 9800, "currency": "EUR", "method": "Test payment"});
        let words = |kind, details: &Value| {
            [Reader::Shopper, Reader::Provider, Reader::Staff]
                .map(|reader| sentence(kind, details, reader))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            words(HistoryKind::PaymentSucceeded, &paid),
            [some("Paid €98.00"), some("Paid"), some("Paid €98.00")]
        );
        assert_eq!(
            words(HistoryKind::PaymentBegun, &paid),
            [some("Payment begun"), None, some("Payment begun: Test payment")]
        );
        let refused = json!({"amount_minor": 9800, "currency": "EUR", "reason": "card_closed"});
        assert_eq!(
            words(HistoryKind::RefundFailed, &refused),
            [
                some("The refund could not be made yet; we’re working on it"),
                None,
                some("The refund failed: card_closed")
            ]
        );
        let deposit = json!({"amount_minor": 9800, "currency": "EUR", "part": "deposit"});
        assert_eq!(
            words(HistoryKind::PaymentSucceeded, &deposit),
            [some("Deposit of €98.00 paid"), some("Deposit paid"), some("Deposit of €98.00 paid")]
        );
        let of_parcel = json!({"amount_minor": 9800, "currency": "EUR", "parcel_id": "p"});
        assert_eq!(
            sentence(HistoryKind::Refunded, &of_parcel, Reader::Provider),
            some("€98.00 was refunded")
        );
        let only = json!({"changed": ["email"]});
        assert_eq!(
            sentence(HistoryKind::Readdressed, &only, Reader::Shopper),
            some("Email changed")
        );
        let billing = json!({"changed": ["phone", "vat_id"]});
        assert_eq!(
            sentence(HistoryKind::Readdressed, &billing, Reader::Shopper),
            some("Billing details changed")
        );
    }
}
