//! PayU India's hosted checkout. The shopper goes to PayU by a signed form and comes back by another,
//! from PayU's site to ours. That form is only a reason to ask PayU's own interface, which is believed.
//!
//! The settings and what PayU needs to know are in docs/payu-and-cash.md.

use std::{collections::HashMap, sync::OnceLock};

use futures_util::future::BoxFuture;
use serde_json::Value;
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;
use time::Duration;
use uuid::Uuid;

use super::gateway::{
    Attempt, Begun, Capabilities, Gateway, NextAction, Observation, Outcome, PaidWith, RawNotice,
    RefundOrder, RefundOutcome, Subject, Taken,
};
use crate::{
    kernel::{Error, FieldError, Money, PaymentId, Result},
    platform::{Config, Platform, config::PayuConfig},
};

const CURRENCY: &str = "INR";
/// Minor units of a rupee have two digits.
const PAISE: i64 = 100;
/// How long a shopper may take at PayU. PayU knows no payment before the shopper chose a method there.
const WAIT: Duration = Duration::minutes(15);
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);
/// No answer of PayU is longer, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
const NAME_CHARS_MAX: usize = 60;
/// What a shopper reads of a message from PayU at most, in characters.
const MESSAGE_CHARS_MAX: usize = 200;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// PayU's codes for a refund whose token it has had before. Its code 105 stands for several failures, of which
/// this part of the message names that one.
const TOKEN_USED: [&str; 3] = ["106", "109", "227"];
const TOKEN_USED_WORDS: &str = "token already";
/// So many digits write any id, and PayU takes no more than 25 in a `txnid` and 23 in a token.
const TOKEN_CHARS: usize = 22;

pub struct Payu;

/// What PayU knows of a payment.
#[derive(Debug, PartialEq, Eq)]
enum PayuStanding {
    Taken(Taken),
    /// PayU or a bank works on it.
    Working,
    /// PayU has not heard of it, or the shopper is still choosing there.
    Awaited,
    /// With a sentence for the shopper.
    Over(&'static str),
}

impl Gateway for Payu {
    fn name(&self) -> &'static str {
        "payu"
    }

    fn capabilities(&self, config: &Config) -> Option<Capabilities> {
        config.payu.as_ref()?;
        Some(Capabilities {
            label: "PayU: cards, UPI and net banking",
            currencies: Some(&[CURRENCY]),
            countries: Some(&["IN"]),
            amount_min: PAISE,
            amount_max: 1_000_000 * PAISE,
            wait: WAIT,
            real: true,
            // PayU's form demands one.
            needs_phone: true,
            goods_only: false,
        })
    }

    fn begin<'a>(
        &'a self,
        platform: &'a Platform,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(async move {
            let payu = settings(&platform.config)?;
            if attempt.amount.currency != CURRENCY {
                let message = format!("PayU takes {CURRENCY} alone; choose another way to pay");
                return Err(FieldError::new("gateway", message).into());
            }
            let action =
                NextAction::PostForm { url: payu.url.clone(), fields: form(payu, attempt) };
            Ok(Outcome::RequiresAction { reference: token(attempt.payment.0), action })
        })
    }

    fn look_up<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(async move {
            let payu = settings(&platform.config)?;
            let reference = token(payment.payment.0);
            Ok(match stands(payu, &reference).await? {
                PayuStanding::Taken(taken) => Outcome::Succeeded(taken),
                PayuStanding::Working => Outcome::Processing { reference },
                PayuStanding::Over(reason) => Outcome::Failed { reference, reason: reason.into() },
                PayuStanding::Awaited => awaited(platform, payment, reference).await?,
            })
        })
    }

    fn observe(&self, config: &Config, notice: &RawNotice) -> Result<Observation> {
        observe(settings(config)?, notice)
    }

    /// PayU cannot be told to refuse a payment. One that it has not heard of counts as cancelled; should
    /// the shopper pay it nevertheless, PayU's notice brings it as money that came too late.
    fn void<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(async move {
            let payu = settings(&platform.config)?;
            let reference = token(payment.payment.0);
            Ok(match stands(payu, &reference).await? {
                PayuStanding::Taken(taken) => Outcome::Succeeded(taken),
                PayuStanding::Working => Outcome::Processing { reference },
                PayuStanding::Over(reason) => Outcome::Failed { reference, reason: reason.into() },
                PayuStanding::Awaited => {
                    let reason = "You did not pay at PayU. Nothing was charged.".to_owned();
                    Outcome::Failed { reference, reason }
                }
            })
        })
    }

    fn refund<'a>(
        &'a self,
        platform: &'a Platform,
        refund: &'a RefundOrder,
    ) -> BoxFuture<'a, Result<RefundOutcome>> {
        Box::pin(async move {
            let payu = settings(&platform.config)?;
            let payment = paid_as(payu, &refund.payment).await?;
            let token = token(refund.refund.0);
            // An answer that was lost is found here, so that the same money never goes back twice.
            if let Some(outcome) = refund_stands(payu, &payment, &token).await? {
                return Ok(outcome);
            }
            let amount = decimal(&refund.amount);
            let answer =
                call(payu, "cancel_refund_transaction", &[&payment, &token, &amount]).await?;
            if text(&answer["status"]) == "1" {
                return Ok(RefundOutcome::Pending { reference: text(&answer["request_id"]) });
            }
            if let Some(outcome) = refund_stands(payu, &payment, &token).await? {
                return Ok(outcome);
            }
            Ok(refund_refused(&answer))
        })
    }
}

fn settings(config: &Config) -> Result<&PayuConfig> {
    Ok(config.payu.as_ref().ok_or_else(|| anyhow::anyhow!("PayU is not configured"))?)
}

/// An id as PayU is told it. Reversible: see [`untoken`].
fn token(id: Uuid) -> String {
    let mut rest = id.as_u128();
    let mut digits = [0_u8; TOKEN_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 62).unwrap_or_default()];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

/// The id that a token stands for; None if it is no token of ours.
fn untoken(token: &str) -> Option<Uuid> {
    if token.len() != TOKEN_CHARS {
        return None;
    }
    let mut id = 0_u128;
    for byte in token.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        id = id.checked_mul(62)?.checked_add(digit as u128)?;
    }
    Some(Uuid::from_u128(id))
}

/// The form that takes the shopper to PayU.
fn form(payu: &PayuConfig, attempt: &Attempt) -> Vec<(String, String)> {
    let txnid = token(attempt.payment.0);
    let amount = decimal(&attempt.amount);
    let product = plain(&format!("Order {}", attempt.order_number), "Order");
    let name = plain(&attempt.shopper.name, "Shopper");
    let email = attempt.shopper.email.replace('|', "");
    let phone: String = attempt.phone.chars().filter(char::is_ascii_digit).collect();
    // Five fields of our own, which stay empty, and five that PayU reserves.
    let signed =
        [&payu.key, &txnid, &amount, &product, &name, &email].map(String::as_str).join("|");
    let hash = sha512(&format!("{signed}|||||||||||{}", payu.salt));
    let fields = [
        ("key", payu.key.clone()),
        ("txnid", txnid),
        ("amount", amount),
        ("productinfo", product),
        ("firstname", name),
        ("email", email),
        ("phone", phone),
        ("surl", attempt.return_url.clone()),
        ("furl", attempt.return_url.clone()),
        ("hash", hash),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).into()
}

/// A text without characters that PayU's signature could be confused by.
fn plain(text: &str, otherwise: &str) -> String {
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.');
    let plain: String = text.chars().filter(kept).take(NAME_CHARS_MAX).collect();
    let plain = plain.trim();
    if plain.is_empty() { otherwise.to_owned() } else { plain.to_owned() }
}

fn sha512(text: &str) -> String {
    hex::encode(Sha512::digest(text.as_bytes()))
}

/// Rupees with two decimals.
fn decimal(money: &Money) -> String {
    format!("{}.{:02}", money.amount / PAISE, money.amount % PAISE)
}

/// Minor units of an amount in rupees; None if it is none, or has parts of a paisa.
fn paise(amount: &str) -> Option<i64> {
    let (rupees, rest) = amount.trim().split_once('.').unwrap_or((amount.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (kept, beyond) = rest.split_at_checked(2).unwrap_or((rest, ""));
    let whole = !rupees.is_empty() && digits(rupees) && digits(kept);
    if !whole || !beyond.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let paise: i64 = format!("{kept:0<2}").parse().ok()?;
    rupees.parse::<i64>().ok()?.checked_mul(PAISE)?.checked_add(paise)
}

/// Reads the form that PayU sends the shopper back with, and the one it sends by itself.
fn observe(payu: &PayuConfig, notice: &RawNotice) -> Result<Observation> {
    let fields: HashMap<String, String> =
        url::form_urlencoded::parse(&notice.body).into_owned().collect();
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if field("key") != payu.key {
        let message = "The notice is for another merchant; check payu_key";
        return Err(FieldError::new("body", message).into());
    }
    let signed = [
        payu.salt.as_str(),
        field("status"),
        "",
        "",
        "",
        "",
        "",
        field("udf5"),
        field("udf4"),
        field("udf3"),
        field("udf2"),
        field("udf1"),
        field("email"),
        field("firstname"),
        field("productinfo"),
        field("amount"),
        field("txnid"),
        payu.key.as_str(),
    ]
    .join("|");
    let charges = ["additionalCharges", "additional_charges"];
    let charges = charges.map(field).into_iter().find(|charges| !charges.is_empty());
    let expected = match charges {
        Some(charges) => sha512(&format!("{charges}|{signed}")),
        None => sha512(&signed),
    };
    let sent = field("hash").to_ascii_lowercase();
    if !bool::from(expected.as_bytes().ct_eq(sent.as_bytes())) {
        let message = "The hash is not PayU's for these fields and this merchant; check payu_salt";
        return Err(FieldError::new("signature", message).into());
    }
    let payment = untoken(field("txnid")).map(PaymentId);
    Ok(Observation {
        id: sent.chars().take(MESSAGE_CHARS_MAX).collect(),
        kind: field("status").chars().take(NAME_CHARS_MAX).collect(),
        subject: payment.map_or(Subject::Other, Subject::Payment),
        reference: String::new(),
    })
}

/// Calls PayU's interface. Whatever is no readable answer is an error: nothing is known then.
async fn call(payu: &PayuConfig, command: &str, vars: &[&str]) -> Result<Value> {
    let first = vars.first().copied().unwrap_or_default();
    let hash = sha512(&[payu.key.as_str(), command, first, payu.salt.as_str()].join("|"));
    let mut form = vec![("key", payu.key.as_str()), ("command", command), ("hash", hash.as_str())];
    form.extend(["var1", "var2", "var3"].into_iter().zip(vars.iter().copied()));
    let unknown = |error: reqwest::Error| anyhow::anyhow!(error.without_url()).context("PayU");
    let sent = client()?.post(&payu.api_url).form(&form).send().await;
    let mut answer = sent.and_then(reqwest::Response::error_for_status).map_err(unknown)?;
    let mut body = vec![];
    while let Some(chunk) = answer.chunk().await.map_err(unknown)? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(anyhow::anyhow!("PayU's answer to {command} is too long").into());
        }
    }
    let value: Value = serde_json::from_slice(&body)
        .map_err(|error| anyhow::anyhow!("PayU's answer to {command} is no JSON: {error}"))?;
    if value.get("status").is_none() {
        return Err(anyhow::anyhow!("PayU's answer to {command} has no status").into());
    }
    Ok(value)
}

fn client() -> Result<&'static reqwest::Client> {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client);
    }
    let built = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(anyhow::Error::from)?;
    Ok(CLIENT.get_or_init(|| built))
}

/// A text or number of PayU's as text; empty for anything else.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

async fn stands(payu: &PayuConfig, txnid: &str) -> Result<PayuStanding> {
    let answer = call(payu, "verify_payment", &[txnid]).await?;
    standing(&answer, txnid)
}

/// Reads an answer to `verify_payment`. A status that is not known is an error: nothing is assumed.
fn standing(answer: &Value, txnid: &str) -> Result<PayuStanding> {
    let found = &answer["transaction_details"][txnid];
    let status = text(&found["status"]).to_ascii_lowercase();
    let detail = text(&found["unmappedstatus"]).to_ascii_lowercase();
    Ok(match (status.as_str(), detail.as_str()) {
        ("success", "auth") | ("auth", _) => PayuStanding::Working,
        ("success", _) => PayuStanding::Taken(taken(found)?),
        ("not found", _) | ("pending", "initiated" | "started") => PayuStanding::Awaited,
        ("pending" | "in progress", _) => PayuStanding::Working,
        ("failure" | "failed", "usercancelled") => {
            PayuStanding::Over("You cancelled the payment at PayU. Nothing was charged.")
        }
        ("failure" | "failed", _) => {
            PayuStanding::Over("The payment did not go through at PayU. Nothing was charged.")
        }
        _ => {
            return Err(anyhow::anyhow!(
                "PayU says {status:?} of {txnid}, which has no meaning here"
            )
            .into());
        }
    })
}

/// The money that PayU took for us: without what it charged the shopper for itself.
fn taken(found: &Value) -> Result<Taken> {
    let reference = text(&found["mihpayid"]);
    let amounts = [&found["transaction_amount"], &found["amt"]].map(text);
    let amount = amounts.iter().find(|amount| !amount.is_empty()).and_then(|text| paise(text));
    let (false, Some(amount)) = (reference.is_empty(), amount) else {
        return Err(anyhow::anyhow!("PayU tells of a payment without its id or amount").into());
    };
    let card = text(&found["card_no"]);
    let last4 = card.get(card.len().saturating_sub(4)..).unwrap_or_default();
    let is_number = last4.len() == 4 && last4.bytes().all(|byte| byte.is_ascii_digit());
    Ok(Taken {
        reference,
        amount: Money::new(amount, CURRENCY),
        method: Some(PaidWith {
            brand: brand(&text(&found["mode"]), &text(&found["card_type"])),
            last4: if is_number { last4.to_owned() } else { String::new() },
        }),
    })
}

/// PayU's codes of modes and card types.
fn brand(mode: &str, card_type: &str) -> String {
    match (mode.to_ascii_uppercase().as_str(), card_type.to_ascii_uppercase().as_str()) {
        ("CC" | "DC", "VISA") => "visa",
        ("CC" | "DC", "MAST" | "MASTERCARD") => "mastercard",
        ("CC" | "DC", "AMEX") => "amex",
        ("CC" | "DC", _) => "card",
        ("UPI", _) => "upi",
        ("NB", _) => "net banking",
        _ => "payu",
    }
    .to_owned()
}

/// PayU does not know the payment yet: the shopper has the form, or never got it, or let it be.
async fn awaited(platform: &Platform, payment: &Begun, reference: String) -> Result<Outcome> {
    let mut tx = platform.db.platform("PayU form").await?;
    // Nothing was kept for a payment whose form was never shown.
    let kept =
        sqlx::query_scalar!("SELECT next_action FROM payments WHERE id = $1", payment.payment.0);
    let kept = kept.fetch_optional(&mut *tx).await?.flatten();
    drop(tx);
    let action: Option<NextAction> = kept.and_then(|kept| serde_json::from_value(kept).ok());
    let begun_at = payment.payment.0.get_timestamp().map_or(0, |at| at.to_unix().0);
    let age = platform.clock.now().unix_timestamp() - i64::try_from(begun_at).unwrap_or(0);
    Ok(match action {
        Some(action) if age < WAIT.whole_seconds() => Outcome::RequiresAction { reference, action },
        _ => {
            let reason = "You did not pay at PayU in time. Nothing was charged.".to_owned();
            Outcome::Failed { reference, reason }
        }
    })
}

/// PayU's own id of a payment that succeeded.
async fn paid_as(payu: &PayuConfig, payment: &Begun) -> Result<String> {
    let txnid = token(payment.payment.0);
    if !payment.reference.is_empty() && payment.reference != txnid {
        return Ok(payment.reference.clone());
    }
    match stands(payu, &txnid).await? {
        PayuStanding::Taken(taken) => Ok(taken.reference),
        other => Err(anyhow::anyhow!("PayU has no money of {txnid} to refund: {other:?}").into()),
    }
}

/// Where a refund stands; None when PayU never heard of it.
async fn refund_stands(
    payu: &PayuConfig,
    payment: &str,
    token: &str,
) -> Result<Option<RefundOutcome>> {
    let answer = call(payu, "check_action_status", &[payment, "payuid"]).await?;
    action_of(&answer["transaction_details"], token).map(refund_outcome).transpose()
}

/// What a refusal to refund means. A token that PayU knows is of a refund on its way, which it may not list yet:
/// its first request had no answer.
fn refund_refused(answer: &Value) -> RefundOutcome {
    let message: String = text(&answer["msg"]).chars().take(MESSAGE_CHARS_MAX).collect();
    let is_known = message.to_ascii_lowercase().contains(TOKEN_USED_WORDS)
        || TOKEN_USED.contains(&text(&answer["error_code"]).as_str());
    if is_known {
        return RefundOutcome::Pending { reference: String::new() };
    }
    RefundOutcome::Failed { reason: format!("PayU refused the refund: {message}") }
}

/// The action with a token, however deep PayU puts it.
fn action_of<'a>(value: &'a Value, token: &str) -> Option<&'a Value> {
    if text(&value["token"]) == token {
        return Some(value);
    }
    value.as_object()?.values().find_map(|inner| action_of(inner, token))
}

fn refund_outcome(action: &Value) -> Result<RefundOutcome> {
    let reference = text(&action["request_id"]);
    match text(&action["status"]).to_ascii_lowercase().replace('_', " ").as_str() {
        "success" => Ok(RefundOutcome::Succeeded { reference }),
        "queued" | "pending" | "in progress" | "requested" | "od hit" => {
            Ok(RefundOutcome::Pending { reference })
        }
        "failure" | "failed" | "cancelled" => {
            let reason = "PayU could not refund it: its bank refused.".to_owned();
            Ok(RefundOutcome::Failed { reason })
        }
        other => {
            let unknown = anyhow::anyhow!("PayU says {other:?} of a refund; no meaning here");
            Err(Error::from(unknown))
        }
    }
}

#[cfg(test)]
mod tests;
