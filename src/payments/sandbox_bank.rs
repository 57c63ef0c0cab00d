//! The made-up bank of the sandbox: what was asked of it, and how its customer answered.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::gateway::{Attempt, NextAction, Outcome, PaidWith, RefundOrder, RefundOutcome, Taken};
use crate::{
    kernel::{Error, Money, PaymentId, Result},
    platform::{Platform, PublicPath},
};

/// After this, a late approval counts.
const LATE: Duration = Duration::seconds(10);
/// For this long, a bank that times out answers no question.
const SILENCE: Duration = Duration::seconds(30);
/// For this long, late refunds are pending.
const REFUND_LATE: Duration = Duration::seconds(20);

/// How the customer of the bank answers. All but `Decline` and `Cancel` take the money in the end.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum BankAnswer {
    Approve,
    Decline,
    /// Counts only ten seconds after it was given.
    ApproveLate,
    /// The bank answers no question for thirty seconds, and has taken the money then.
    TimeOut,
    /// Its refunds are pending for twenty seconds.
    ApproveRefundLate,
    Cancel,
}

/// A payment as the bank knows it.
#[derive(Debug, Clone)]
pub struct BankPayment {
    pub amount_minor: i64,
    pub currency: String,
    pub order_number: String,
    pub return_url: String,
    pub answer: Option<BankAnswer>,
    pub answered_at: Option<OffsetDateTime>,
}

impl BankPayment {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, &self.currency)
    }

    /// Where the payment stands; an error while the bank does not answer.
    fn outcome(&self, platform: &Platform, payment: PaymentId) -> Result<Outcome> {
        let reference = reference(payment);
        let since = |at: Option<OffsetDateTime>| at.map(|at| platform.clock.now() - at);
        let early = |after: Duration| since(self.answered_at).is_some_and(|since| since < after);
        let failed = |reason: &str| Outcome::Failed {
            reference: reference.clone(),
            reason: reason.to_owned(),
        };
        let Some(answer) = self.answer else {
            let url = platform.public_url(PublicPath::SandboxBank { payment });
            return Ok(Outcome::RequiresAction { reference, action: NextAction::Redirect { url } });
        };
        Ok(match answer {
            BankAnswer::Decline => failed("Your bank declined the payment."),
            BankAnswer::Cancel => failed("You cancelled the payment at your bank."),
            BankAnswer::TimeOut if early(SILENCE) => {
                return Err(Error::Unavailable { retry_after_seconds: 30 });
            }
            BankAnswer::ApproveLate if early(LATE) => Outcome::Processing { reference },
            BankAnswer::Approve
            | BankAnswer::ApproveLate
            | BankAnswer::TimeOut
            | BankAnswer::ApproveRefundLate => Outcome::Succeeded(Taken {
                reference,
                amount: self.amount(),
                method: Some(PaidWith { brand: "test_bank".to_owned(), last4: String::new() }),
            }),
        })
    }
}

fn reference(payment: PaymentId) -> String {
    format!("sandbox_{}", payment.0.simple())
}

/// A payment at the bank; None if it never heard of it.
pub async fn find_at_bank(
    conn: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<BankPayment>> {
    let found = sqlx::query_as!(
        BankPayment,
        r#"SELECT amount_minor, currency, order_number, return_url, answer AS "answer: BankAnswer",
                  answered_at
           FROM sandbox_payments WHERE id = $1"#,
        payment.0,
    );
    Ok(found.fetch_optional(conn).await?)
}

/// Answers a payment at the bank, once; false when it was answered already.
pub async fn answer_at_bank(
    conn: &mut PgConnection,
    payment: PaymentId,
    answer: BankAnswer,
    now: OffsetDateTime,
) -> Result<bool> {
    let answered = sqlx::query!(
        "UPDATE sandbox_payments SET answer = $2, answered_at = $3
         WHERE id = $1 AND answer IS NULL",
        payment.0,
        answer as BankAnswer,
        now,
    );
    Ok(answered.execute(conn).await?.rows_affected() == 1)
}

/// Answers payments before they are begun, so that they are decided at once.
pub async fn answer_beforehand(
    conn: &mut PgConnection,
    answered: &[(&Attempt, BankAnswer)],
    now: OffsetDateTime,
) -> Result<()> {
    let payments: Vec<_> =
        answered.iter().map(|(attempt, answer)| (*attempt, Some(*answer))).collect();
    insert(conn, &payments, now).await
}

/// Tells the bank of payments, and of the answers to them that are known already.
async fn insert(
    conn: &mut PgConnection,
    payments: &[(&Attempt, Option<BankAnswer>)],
    now: OffsetDateTime,
) -> Result<()> {
    fn column<T>(
        payments: &[(&Attempt, Option<BankAnswer>)],
        of: impl Fn(&Attempt) -> T,
    ) -> Vec<T> {
        payments.iter().map(|(attempt, _)| of(attempt)).collect()
    }
    let answers: Vec<Option<String>> = payments
        .iter()
        .map(|(_, answer)| answer.map(|answer| <&str>::from(answer).to_owned()))
        .collect();
    sqlx::query!(
        "INSERT INTO sandbox_payments
             (id, amount_minor, currency, order_number, return_url, answer, answered_at)
         SELECT p.id, p.amount, p.currency, p.order_number, p.return_url, p.answer,
             CASE WHEN p.answer IS NOT NULL THEN $1::timestamptz END
         FROM UNNEST($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
              AS p (id, amount, currency, order_number, return_url, answer)
         ON CONFLICT (id) DO NOTHING",
        now,
        &column(payments, |attempt| attempt.payment.0),
        &column(payments, |attempt| attempt.amount.amount),
        &column(payments, |attempt| attempt.amount.currency.clone()),
        &column(payments, |attempt| attempt.order_number.clone()),
        &column(payments, |attempt| attempt.return_url.clone()),
        &answers as &[Option<String>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn begin(platform: &Platform, attempt: &Attempt) -> Result<Outcome> {
    let mut tx = platform.db.platform("sandbox begin").await?;
    let mut found = find_at_bank(&mut tx, attempt.payment).await?;
    if found.is_none() {
        insert(&mut tx, &[(attempt, None)], platform.clock.now()).await?;
        found = find_at_bank(&mut tx, attempt.payment).await?;
        tx.commit().await?;
    }
    stands(platform, attempt.payment, found)
}

pub async fn look_up(platform: &Platform, payment: PaymentId) -> Result<Outcome> {
    let mut tx = platform.db.platform("sandbox look-up").await?;
    let found = find_at_bank(&mut tx, payment).await?;
    drop(tx);
    stands(platform, payment, found)
}

/// Where a payment stands that the bank knows, or does not.
fn stands(platform: &Platform, payment: PaymentId, found: Option<BankPayment>) -> Result<Outcome> {
    found.map_or_else(
        || {
            let reason = "The payment was interrupted before it reached your bank.".to_owned();
            Ok(Outcome::Failed { reference: String::new(), reason })
        },
        |found| found.outcome(platform, payment),
    )
}

/// What nobody answered is cancelled; what was answered stays.
pub async fn void(platform: &Platform, payment: PaymentId) -> Result<Outcome> {
    let mut tx = platform.db.platform("sandbox void").await?;
    answer_at_bank(&mut tx, payment, BankAnswer::Cancel, platform.clock.now()).await?;
    tx.commit().await?;
    look_up(platform, payment).await
}

pub async fn refund(platform: &Platform, order: &RefundOrder) -> Result<RefundOutcome> {
    let now = platform.clock.now();
    let payment = order.payment.payment;
    let mut tx = platform.db.platform("sandbox refund").await?;
    let Some(paid) = find_at_bank(&mut tx, payment).await? else {
        return Ok(refused("The bank knows no such payment."));
    };
    if !matches!(paid.outcome(platform, payment)?, Outcome::Succeeded(_)) {
        return Ok(refused("Nothing was taken with this payment."));
    }
    sqlx::query!(
        "INSERT INTO sandbox_refunds (id, payment_id, amount_minor, asked_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
        order.refund.0,
        payment.0,
        order.amount.amount,
        now,
    )
    .execute(&mut *tx)
    .await?;
    let row = sqlx::query!(
        r#"SELECT r.asked_at, (SELECT sum(amount_minor)::bigint FROM sandbox_refunds
               WHERE payment_id = r.payment_id) AS "total!"
           FROM sandbox_refunds r WHERE r.id = $1"#,
        order.refund.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    if row.total > paid.amount_minor {
        return Ok(refused("More would be refunded than was taken."));
    }
    tx.commit().await?;
    let reference = format!("sandbox_{}", order.refund.0.simple());
    let late = paid.answer == Some(BankAnswer::ApproveRefundLate);
    if late && now - row.asked_at < REFUND_LATE {
        return Ok(RefundOutcome::Pending { reference });
    }
    Ok(RefundOutcome::Succeeded { reference })
}

fn refused(reason: &str) -> RefundOutcome {
    RefundOutcome::Failed { reason: reason.to_owned() }
}
