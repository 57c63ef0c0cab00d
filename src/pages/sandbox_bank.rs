//! The page of the sandbox's made-up bank. Anyone who has a payment's address can answer for its customer.

use std::str::FromStr;

use poem::{
    Response, handler,
    web::{Form as Posted, Path},
};

use super::{
    context::SandboxBankPage,
    errors::PageError,
    form::{FormValues, form_value},
    request::PageRequest,
    response::see_other,
};
use crate::{
    kernel::{Error, FieldError, PaymentId, Result},
    orders,
    payments::{self, BankAnswer, BankPayment, SANDBOX, gateway::Subject},
    platform::PublicPath,
};

/// A payment that the bank knows, where there is a sandbox.
async fn payment_at_bank(request: &PageRequest, payment: &str) -> Result<(PaymentId, BankPayment)> {
    let unknown = || Error::NotFound("payment");
    let id: PaymentId = payment.parse().map_err(|_| unknown())?;
    let platform = request.platform();
    if payments::gateway(SANDBOX)?.capabilities(&platform.config).is_none() {
        return Err(unknown());
    }
    let mut tx = platform.db.platform("sandbox bank").await?;
    Ok((id, payments::find_at_bank(&mut tx, id).await?.ok_or_else(unknown)?))
}

#[handler]
pub async fn bank_page(
    request: &PageRequest,
    Path(payment): Path<String>,
) -> Result<Response, PageError> {
    let (id, payment) = payment_at_bank(request, &payment).await?;
    if payment.answer.is_some() {
        return Ok(back(id));
    }
    let page = SandboxBankPage {
        amount: payment.amount(),
        order_number: payment.order_number,
        action: PublicPath::SandboxBank { payment: id }.to_string(),
    };
    request.show(request.page("pages/sandbox-bank"), &page).await
}

/// Answers, once, tells the shop by a notice, and sends the shopper back.
#[handler]
pub async fn answer_bank(
    request: &PageRequest,
    Path(payment): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let (id, _) = payment_at_bank(request, &payment).await?;
    let answer = BankAnswer::from_str(form_value(&form, "answer")).map_err(|_| {
        Error::from(FieldError::new("answer", "Is none of the bank's answers; press one of them"))
    })?;
    let platform = request.platform();
    let mut tx = platform.db.platform("sandbox answer").await?;
    let answered = payments::answer_at_bank(&mut tx, id, answer, platform.clock.now()).await?;
    tx.commit().await?;
    if answered {
        let notice = payments::sandbox_notice(&platform.config, Subject::Payment(id))?;
        if let Err(error) = orders::hear(platform, SANDBOX, &notice).await {
            tracing::info!(?error, payment = %id, "the shop could not look the payment up yet");
        }
    }
    Ok(back(id))
}

fn back(payment: PaymentId) -> Response {
    see_other(&PublicPath::PaymentReturn { gateway: SANDBOX, payment }.to_string())
}
