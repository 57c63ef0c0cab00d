//! Cash on delivery. A code by SMS shows that the shopper has the phone that the carrier will call; the
//! provider collects the money at the door. How much may be paid so is in `cash_policy`.

use futures_util::future::BoxFuture;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    cash_codes::{
        self, CODE_DIGITS, CODE_VALID, CODES_MAX, CashCode, CashCodeState, RESEND_AFTER, TRIES_MAX,
    },
    cash_policy,
    gateway::{
        Attempt, Begun, Capabilities, Gateway, NextAction, Observation, Outcome, RawNotice,
        RefundOrder, RefundOutcome,
    },
};
use crate::{
    kernel::{Error, FieldError, FieldErrors, Money, PaymentId, Result, validate, wording},
    platform::{Config, Platform},
};

/// After a code has expired, another can be sent for as long.
const GRACE: Duration = Duration::minutes(5);

/// Its name in the API and in `payments.gateway`.
pub const CASH: &str = "cash_on_delivery";

pub struct Cash;

impl Gateway for Cash {
    fn name(&self) -> &'static str {
        CASH
    }

    fn capabilities(&self, config: &Config) -> Option<Capabilities> {
        config.cash_on_delivery.then(|| Capabilities {
            label: "Cash on delivery",
            currencies: None,
            countries: None,
            amount_min: 1,
            amount_max: cash_policy::cash_limit_of_all(),
            wait: CODE_VALID + GRACE,
            real: true,
            needs_phone: true,
            goods_only: true,
        })
    }

    fn begin<'a>(
        &'a self,
        platform: &'a Platform,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(begin(platform, attempt))
    }

    fn submit_code<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
        code: &'a str,
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(submit(platform, payment.payment, code))
    }

    fn resend_code<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(resend(platform, payment.payment))
    }

    fn look_up<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(async move {
            let mut tx = platform.db.platform("cash look-up").await?;
            stands(&mut tx, payment.payment, platform.clock.now()).await
        })
    }

    fn observe(&self, _config: &Config, _notice: &RawNotice) -> Result<Observation> {
        let message = "Cash on delivery has no notices; nobody can sign one";
        Err(FieldError::new("signature", message).into())
    }

    fn void<'a>(
        &'a self,
        platform: &'a Platform,
        payment: &'a Begun,
    ) -> BoxFuture<'a, Result<Outcome>> {
        Box::pin(async move {
            let mut tx = platform.db.platform("void cash").await?;
            cash_codes::lock_content(&mut tx, payment.payment).await?;
            cash_codes::end_code(&mut tx, payment.payment, CashCodeState::Void).await?;
            let outcome = stands(&mut tx, payment.payment, platform.clock.now()).await?;
            tx.commit().await?;
            Ok(outcome)
        })
    }

    /// Nothing was paid to SMP, so nothing goes back through it: what was not collected ends with the
    /// refund, and what was collected is the provider's to give back.
    fn refund<'a>(
        &'a self,
        platform: &'a Platform,
        refund: &'a RefundOrder,
    ) -> BoxFuture<'a, Result<RefundOutcome>> {
        Box::pin(async move {
            let mut tx = platform.db.platform("refund cash").await?;
            let state = sqlx::query_scalar!(
                "SELECT state FROM payments WHERE id = $1",
                refund.payment.payment.0
            );
            let state = state.fetch_optional(&mut *tx).await?;
            Ok(match state.as_deref() {
                Some("collected") => RefundOutcome::Failed {
                    reason:
                        "It was paid in cash at the door, so the provider gives it back. Arrange \
                             it with the provider."
                            .to_owned(),
                },
                Some(_) => RefundOutcome::Succeeded { reference: "not collected".to_owned() },
                None => return Err(Error::NotFound("payment")),
            })
        })
    }
}

/// The gateway's own id of a payment.
fn reference(payment: PaymentId) -> String {
    format!("cash_{}", payment.0.simple())
}

/// A phone number that its owner recognises and nobody learns.
fn masked(phone: &str) -> String {
    let end = phone.len().saturating_sub(2);
    let start = phone.get(..3).unwrap_or_default();
    format!("{start} ••• {}", phone.get(end..).unwrap_or_default())
}

async fn begin(platform: &Platform, attempt: &Attempt) -> Result<Outcome> {
    let mut fields = FieldErrors::default();
    let phone = validate::phone(&mut fields, "phone", &attempt.phone);
    fields.finish()?;
    let now = platform.clock.now();
    let mut tx = platform.db.platform("begin cash").await?;
    let content = cash_codes::lock_content(&mut tx, attempt.payment).await?;
    // A repeat sends no second code.
    if cash_codes::codes_of(&mut tx, attempt.payment).await?.is_empty() {
        let currency = &content.amount.currency;
        let limit = cash_policy::cash_limit_of(&mut tx, content.account, currency, now).await?;
        if content.amount.amount > limit {
            return Err(above_limit(&Money::new(limit, currency.clone())));
        }
        let keyring = &platform.config.keyring;
        let number = Some(attempt.order_number.as_str());
        cash_codes::send_code(&mut tx, keyring, &content, &phone, number, now).await?;
    }
    let outcome = stands(&mut tx, attempt.payment, now).await?;
    tx.commit().await?;
    Ok(outcome)
}

fn above_limit(limit: &Money) -> Error {
    let detail = if limit.amount == 0 {
        "Parcels of yours were refused at the door, so cash on delivery is not offered to you for now. \
         Choose another way to pay."
            .to_owned()
    } else {
        format!(
            "You can pay at most {limit} in cash on delivery. Choose another way to pay, or order less."
        )
    };
    Error::conflict("cash_limit", detail)
}

/// Where a payment stands by its codes.
async fn stands(
    conn: &mut PgConnection,
    payment: PaymentId,
    now: OffsetDateTime,
) -> Result<Outcome> {
    let codes = cash_codes::codes_of(conn, payment).await?;
    Ok(outcome(payment, codes.first(), now))
}

fn outcome(payment: PaymentId, newest: Option<&CashCode>, now: OffsetDateTime) -> Outcome {
    let reference = reference(payment);
    match newest {
        Some(code) if code.state == CashCodeState::Used => Outcome::Due { reference },
        Some(code) if code.state == CashCodeState::Alive && now < code.expires_at + GRACE => {
            let action = NextAction::Code { sent_to: masked(&code.phone) };
            Outcome::RequiresAction { reference, action }
        }
        Some(code) if code.state == CashCodeState::Void => {
            let reason = "This payment was cancelled before its code was typed.".to_owned();
            Outcome::Failed { reference, reason }
        }
        _ => {
            let reason = "The code was not typed in time, so nothing is ordered. Pay again to get \
                          another code."
                .to_owned();
            Outcome::Failed { reference, reason }
        }
    }
}

async fn submit(platform: &Platform, payment: PaymentId, typed: &str) -> Result<Outcome> {
    let code: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if code.len() != CODE_DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("Enter the {CODE_DIGITS} digits of the SMS");
        return Err(FieldError::new("code", message).into());
    }
    let now = platform.clock.now();
    let keyring = &platform.config.keyring;
    let mut tx = platform.db.platform("cash code").await?;
    let content = cash_codes::lock_content(&mut tx, payment).await?;
    let codes = cash_codes::codes_of(&mut tx, payment).await?;
    let Some(newest) = codes.first() else { return Err(Error::NotFound("code")) };
    let is = |sent: &CashCode| content.is(keyring, &code, &sent.code_hash);
    match newest.state {
        // A repeat, whose answer was lost.
        CashCodeState::Used if is(newest) => return Ok(outcome(payment, Some(newest), now)),
        CashCodeState::Used => return Err(used()),
        CashCodeState::Void | CashCodeState::Replaced => {
            return Err(expired(
                "This payment was cancelled, so its code is no longer valid. Pay again.",
            ));
        }
        CashCodeState::Alive => {}
    }
    if now >= newest.expires_at {
        return Err(expired("The code has expired. Send another one."));
    }
    if newest.wrong_tries >= TRIES_MAX {
        return Err(expired(
            "Too many wrong codes were typed, so this one is no longer valid. Send another one.",
        ));
    }
    if is(newest) {
        cash_codes::end_code(&mut tx, payment, CashCodeState::Used).await?;
        tx.commit().await?;
        return Ok(Outcome::Due { reference: reference(payment) });
    }
    if codes.iter().any(is) {
        return Err(expired(
            "A newer code was sent after this one. Type the code of the newest SMS.",
        ));
    }
    let of_another = cash_codes::is_of_another(&mut tx, keyring, &content, &code, now).await?;
    cash_codes::count_wrong(&mut tx, newest.id).await?;
    tx.commit().await?;
    Err(wrong(of_another, TRIES_MAX - newest.wrong_tries - 1))
}

fn used() -> Error {
    Error::conflict(
        "code_used",
        "This payment was confirmed with its code already. There is nothing more to type.",
    )
}

fn expired(detail: &str) -> Error {
    Error::conflict("code_expired", detail)
}

/// `left`: tries that the code has left.
fn wrong(of_another: bool, left: i32) -> Error {
    let remedy = match left {
        ..=0 => "That was the last try: send another code.".to_owned(),
        1 => "1 try left.".to_owned(),
        left => format!("{left} tries left."),
    };
    if of_another {
        let detail = format!("This code is for another order. Type the code of this one. {remedy}");
        return Error::conflict("code_for_other_order", detail);
    }
    let detail = format!("The code is not correct. Compare it with the newest SMS. {remedy}");
    Error::conflict("code_wrong", detail)
}

async fn resend(platform: &Platform, payment: PaymentId) -> Result<Outcome> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("resend cash code").await?;
    let content = cash_codes::lock_content(&mut tx, payment).await?;
    let codes = cash_codes::codes_of(&mut tx, payment).await?;
    let Some(newest) = codes.first() else { return Err(Error::NotFound("code")) };
    match newest.state {
        CashCodeState::Used => return Err(used()),
        CashCodeState::Void | CashCodeState::Replaced => {
            return Err(expired("This payment was cancelled, so it has no more codes. Pay again."));
        }
        CashCodeState::Alive => {}
    }
    check_resend(codes.len(), newest.created_at, now)?;
    let keyring = &platform.config.keyring;
    cash_codes::send_code(&mut tx, keyring, &content, &newest.phone, None, now).await?;
    let outcome = stands(&mut tx, payment, now).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Whether another code may be sent, after as many and the newest at that time.
fn check_resend(sent: usize, newest_at: OffsetDateTime, now: OffsetDateTime) -> Result<()> {
    if sent >= CODES_MAX {
        return Err(Error::conflict(
            "too_many_codes",
            format!(
                "{CODES_MAX} codes were sent for this payment, and no more will be. Check the phone \
                 number and pay again, or choose another way to pay."
            ),
        ));
    }
    let wait = newest_at + RESEND_AFTER - now;
    if wait.is_positive() {
        let begun = i64::from(wait.subsec_nanoseconds() > 0);
        let seconds = wording::count(wait.whole_seconds() + begun, "second");
        return Err(Error::conflict(
            "too_many_codes",
            format!("A code was sent a moment ago. Wait {seconds} for it before you send another."),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-29 12:00 UTC);

    fn sent(state: CashCodeState, at: OffsetDateTime) -> CashCode {
        CashCode {
            id: Uuid::nil(),
            phone: "+4915112345667".to_owned(),
            code_hash: String::new(),
            wrong_tries: 0,
            state,
            created_at: at,
            expires_at: at + CODE_VALID,
        }
    }

    fn code_of(error: &Error) -> (&'static str, String) {
        match error {
            Error::Conflict { code, detail } => (*code, detail.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_payment_stands_where_its_newest_code_does() {
        let payment = PaymentId::new();
        let stands = |code: Option<CashCode>| outcome(payment, code.as_ref(), NOW);
        assert!(matches!(stands(None), Outcome::Failed { .. }));
        let asked = stands(Some(sent(CashCodeState::Alive, NOW - Duration::minutes(14))));
        let Outcome::RequiresAction { action: NextAction::Code { sent_to }, .. } = asked else {
            panic!("{asked:?}");
        };
        assert_eq!(sent_to, "+49 ••• 67");
        let late = sent(CashCodeState::Alive, NOW - Duration::minutes(15));
        assert!(matches!(stands(Some(late)), Outcome::Failed { .. }));
        let used = sent(CashCodeState::Used, NOW - Duration::days(2));
        assert!(matches!(stands(Some(used)), Outcome::Due { .. }));
        assert!(matches!(stands(Some(sent(CashCodeState::Void, NOW))), Outcome::Failed { .. }));
    }

    #[test]
    fn codes_are_sent_again_three_times_and_not_at_once() {
        let ago = |seconds| NOW - Duration::seconds(seconds);
        assert!(check_resend(1, ago(30), NOW).is_ok());
        assert!(check_resend(3, ago(31), NOW).is_ok());
        let (code, detail) = code_of(&check_resend(1, ago(10), NOW).unwrap_err());
        assert_eq!(code, "too_many_codes");
        assert!(detail.contains("20 seconds"), "{detail}");
        let (code, detail) = code_of(&check_resend(4, ago(300), NOW).unwrap_err());
        assert!(code == "too_many_codes" && detail.contains("choose another way"), "{detail}");
    }

    #[test]
    fn a_wrong_code_says_how_many_tries_are_left() {
        assert_eq!(code_of(&wrong(false, 4)).0, "code_wrong");
        assert!(code_of(&wrong(false, 4)).1.contains("4 tries left"));
        assert!(code_of(&wrong(false, 1)).1.contains("1 try left"));
        assert!(code_of(&wrong(false, 0)).1.contains("send another code"));
        assert_eq!(code_of(&wrong(true, 2)).0, "code_for_other_order");
    }
}
