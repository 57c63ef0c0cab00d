//! What Stripe's objects mean here: every status there is, and those there may be one day.

use ::stripe_shared::{Charge, PaymentIntent, PaymentIntentStatus, Refund};
use ::stripe_types::Expandable;

use super::super::gateway::{NextAction, Outcome, PaidWith, RefundOutcome, Taken};
use crate::kernel::Money;

/// What the page needs for Stripe's fields.
#[derive(Debug, Clone, Copy)]
pub struct CardFields<'a> {
    pub publishable_key: &'a str,
    pub script_url: &'a str,
}

/// What an intent means; None if it says nothing to go by. A card that was declined leaves the intent open: the
/// shopper can pay it with another one on the same page, so it has not failed before it is cancelled.
pub fn of_intent(intent: &PaymentIntent, fields: CardFields<'_>) -> Option<Outcome> {
    let reference = intent.id.to_string();
    match &intent.status {
        PaymentIntentStatus::Succeeded => Some(Outcome::Succeeded(Taken {
            reference,
            amount: Money::new(
                intent.amount_received,
                intent.currency.to_string().to_ascii_uppercase(),
            ),
            method: intent
                .latest_charge
                .as_ref()
                .and_then(Expandable::as_object)
                .and_then(paid_with),
        })),
        PaymentIntentStatus::Canceled => Some(Outcome::Failed {
            reference,
            reason: "The payment was cancelled. Nothing was charged.".to_owned(),
        }),
        // Captures are automatic; what was set to wait for one by hand is not paid yet.
        PaymentIntentStatus::Processing | PaymentIntentStatus::RequiresCapture => {
            Some(Outcome::Processing { reference })
        }
        PaymentIntentStatus::RequiresAction
        | PaymentIntentStatus::RequiresConfirmation
        | PaymentIntentStatus::RequiresPaymentMethod => {
            let action = next_action(intent, fields)?;
            Some(Outcome::RequiresAction { reference, action })
        }
        _ => None,
    }
}

/// The bank's page if it is one to go to, else Stripe's fields, which lead on by themselves.
fn next_action(intent: &PaymentIntent, fields: CardFields<'_>) -> Option<NextAction> {
    let redirect = intent.next_action.as_ref().and_then(|action| action.redirect_to_url.as_ref());
    if let Some(url) = redirect.and_then(|redirect| redirect.url.clone()) {
        return Some(NextAction::Redirect { url });
    }
    Some(NextAction::CardForm {
        client_secret: intent.client_secret.clone()?,
        publishable_key: fields.publishable_key.to_owned(),
        script_url: fields.script_url.to_owned(),
    })
}

fn paid_with(charge: &Charge) -> Option<PaidWith> {
    let details = charge.payment_method_details.as_ref()?;
    let Some(card) = &details.card else {
        return Some(PaidWith { brand: details.type_.clone(), last4: String::new() });
    };
    let brand = card.brand.clone().filter(|brand| brand != "unknown");
    Some(PaidWith {
        brand: brand.unwrap_or_else(|| "card".to_owned()),
        last4: card.last4.clone().unwrap_or_default(),
    })
}

/// What a refund means; None if it says nothing to go by.
pub fn of_refund(refund: &Refund) -> Option<RefundOutcome> {
    let reference = refund.id.to_string();
    match refund.status.as_deref()? {
        "succeeded" => Some(RefundOutcome::Succeeded { reference }),
        // Some wallets and banks ask the shopper where the money shall go.
        "pending" | "requires_action" => Some(RefundOutcome::Pending { reference }),
        "canceled" => {
            Some(RefundOutcome::Failed { reason: "The refund was cancelled at Stripe.".to_owned() })
        }
        "failed" => {
            let why = refund.failure_reason.as_deref().unwrap_or("unknown").replace('_', " ");
            Some(RefundOutcome::Failed {
                reason: format!("The bank did not take the refund: {why}."),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: CardFields<'_> =
        CardFields { publishable_key: "pk_test_1", script_url: "https://js.stripe.com/v3/" };

    /// A PaymentIntent as Stripe's own fixtures have it, with other values for some fields.
    fn intent(changes: &serde_json::Value) -> PaymentIntent {
        let mut intent = serde_json::json!({
            "id": "pi_1PgafyB7WZ01zgkWSjxsAJo3", "object": "payment_intent", "amount": 1099,
            "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0,
            "application": null, "application_fee_amount": null,
            "automatic_payment_methods": {"enabled": true}, "canceled_at": null,
            "cancellation_reason": null, "capture_method": "automatic",
            "client_secret": "pi_1PgafyB7WZ01zgkWSjxsAJo3_secret_Dm43xiq1k0ywrRRjDoi8y1gkM",
            "confirmation_method": "automatic", "created": 1_234_567_890, "currency": "eur",
            "customer": null, "description": null, "last_payment_error": null,
            "latest_charge": null, "livemode": false, "metadata": {}, "next_action": null,
            "on_behalf_of": null, "payment_method": null, "payment_method_options": {},
            "payment_method_types": ["card"], "processing": null, "receipt_email": null,
            "review": null, "setup_future_usage": null, "shipping": null, "source": null,
            "statement_descriptor": null, "statement_descriptor_suffix": null,
            "status": "requires_payment_method", "transfer_data": null, "transfer_group": null
        });
        for (key, value) in changes.as_object().unwrap() {
            intent[key] = value.clone();
        }
        miniserde::json::from_str(&intent.to_string()).unwrap()
    }

    fn refund(status: &str) -> Refund {
        let refund = serde_json::json!({
            "id": "re_1Pgc72B7WZ01zgkWqPvrRrPE", "object": "refund", "amount": 100,
            "balance_transaction": null, "charge": "ch_1PgafuB7WZ01zgkWXYmPNZs8",
            "created": 1_234_567_890, "currency": "eur",
            "destination_details": {"card": {"type": "reversal"}, "type": "card"},
            "failure_reason": "expired_or_canceled_card", "metadata": {},
            "payment_intent": null, "reason": null, "receipt_number": null,
            "source_transfer_reversal": null, "status": status, "transfer_reversal": null
        });
        miniserde::json::from_str(&refund.to_string()).unwrap()
    }

    fn card_form() -> NextAction {
        NextAction::CardForm {
            client_secret: "pi_1PgafyB7WZ01zgkWSjxsAJo3_secret_Dm43xiq1k0ywrRRjDoi8y1gkM"
                .to_owned(),
            publishable_key: "pk_test_1".to_owned(),
            script_url: "https://js.stripe.com/v3/".to_owned(),
        }
    }

    #[test]
    fn every_status_of_an_intent_has_a_meaning() {
        let reference = "pi_1PgafyB7WZ01zgkWSjxsAJo3".to_owned();
        let form = Outcome::RequiresAction { reference: reference.clone(), action: card_form() };
        let processing = Outcome::Processing { reference: reference.clone() };
        for (status, meaning) in [
            ("requires_payment_method", Some(form.clone())),
            ("requires_confirmation", Some(form.clone())),
            ("requires_action", Some(form)),
            ("processing", Some(processing.clone())),
            ("requires_capture", Some(processing)),
            (
                "canceled",
                Some(Outcome::Failed {
                    reference,
                    reason: "The payment was cancelled. Nothing was charged.".to_owned(),
                }),
            ),
            ("a_status_of_tomorrow", None),
        ] {
            let intent = intent(&serde_json::json!({"status": status}));
            assert_eq!(of_intent(&intent, FIELDS), meaning, "{status}");
        }
    }

    #[test]
    fn a_declined_card_leaves_the_payment_open() {
        let error = serde_json::json!({
            "type": "card_error", "code": "card_declined", "decline_code": "generic_decline",
            "message": "Your card was declined."
        });
        let intent = intent(&serde_json::json!({"last_payment_error": error}));
        let Some(Outcome::RequiresAction { action, .. }) = of_intent(&intent, FIELDS) else {
            panic!("it is over");
        };
        assert!(action == card_form());
    }

    #[test]
    fn a_bank_with_a_page_is_a_redirect() {
        let url = "https://hooks.stripe.com/3d_secure_2/1";
        let intent = intent(&serde_json::json!({
            "status": "requires_action",
            "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": url}}
        }));
        let Some(Outcome::RequiresAction { action, .. }) = of_intent(&intent, FIELDS) else {
            panic!("it asks for nothing");
        };
        assert!(action == NextAction::Redirect { url: url.to_owned() });
    }

    #[test]
    fn money_is_what_was_received_in_the_currencys_minor_units() {
        let intent = intent(&serde_json::json!({
            "status": "succeeded", "amount": 1200, "amount_received": 1100, "currency": "jpy"
        }));
        let Some(Outcome::Succeeded(taken)) = of_intent(&intent, FIELDS) else {
            panic!("it did not succeed");
        };
        assert_eq!(taken.amount, Money::new(1100, "JPY"));
        assert_eq!(taken.method, None);
    }

    #[test]
    fn every_status_of_a_refund_has_a_meaning() {
        let reference = "re_1Pgc72B7WZ01zgkWqPvrRrPE".to_owned();
        let pending = RefundOutcome::Pending { reference: reference.clone() };
        for (status, meaning) in [
            ("succeeded", Some(RefundOutcome::Succeeded { reference })),
            ("pending", Some(pending.clone())),
            ("requires_action", Some(pending)),
            ("a_status_of_tomorrow", None),
        ] {
            assert_eq!(of_refund(&refund(status)), meaning, "{status}");
        }
        for (status, part) in
            [("failed", "expired or canceled card"), ("canceled", "cancelled at Stripe")]
        {
            let Some(RefundOutcome::Failed { reason }) = of_refund(&refund(status)) else {
                panic!("{status} is no failure");
            };
            assert!(reason.contains(part), "{reason}");
        }
    }
}
