//! Which email follows from which event. An event that is delivered twice causes its emails once.

use super::{
    account_emails, account_life_emails, account_security_emails, cancelled_sale_emails,
    cash_codes, contract_emails, dispute_emails, hold_emails, invoice_emails, ledger_emails,
    moved_sale_emails, order_emails, payload::EventPayload, payment_emails, proof_emails,
    provider_emails, purchase_emails, refund_emails, rest_emails, sale_emails, staff_emails,
    statement_emails, voucher_emails, waitlist_emails,
};
use crate::{events::Event, kernel::Result, platform::Platform, providers::Themes};

/// Queues the emails and SMS that follow from an event.
pub async fn on_event(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let payload: EventPayload =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let tenant = event.tenant_id;
    match event.kind.as_str() {
        "account.verified" => account_emails::welcome(platform, themes, &payload).await,
        "account.password_changed" => {
            account_security_emails::password_changed(platform, themes, event, &payload).await
        }
        "account.new_device" => {
            account_security_emails::new_device(platform, themes, event, &payload).await
        }
        "account.sign_in_method_changed" => {
            account_security_emails::sign_in_method_changed(platform, themes, event).await
        }
        "account.second_factor_changed" => {
            account_security_emails::second_factor_changed(platform, themes, event).await
        }
        "conversation.message" => {
            account_emails::conversation_message(platform, themes, &payload).await
        }
        "order.confirmed" => {
            order_emails::order_confirmed(platform, themes, tenant, &payload).await
        }
        "shipment.handed_over" => {
            order_emails::shipped(platform, themes, tenant, &payload, "shipped").await
        }
        "shipment.delivered" => {
            order_emails::shipped(platform, themes, tenant, &payload, "delivered").await
        }
        "voucher.issued" | "voucher.redeemed" | "voucher.redemption_reversed" => {
            voucher_emails::on_event(platform, themes, event, &payload).await
        }
        "parcel.promise_missed" => {
            order_emails::promise_missed(platform, themes, tenant, &payload).await
        }
        "shipment.returned_to_sender" => {
            order_emails::returned(platform, themes, tenant, &payload).await
        }
        "dispute.opened" => dispute_emails::opened(platform, themes, event, &payload).await,
        "ledger.differences_found" => {
            ledger_emails::differences_found(platform, themes, event).await
        }
        "statement.sent" | "statement.failed" | "bank_account.changed" => {
            statement_emails::on_event(platform, themes, event, &payload).await
        }
        "payment.failed" => payment_emails::failed(platform, themes, &payload).await,
        "staff.changed" | "staff.removed" => staff_emails::changed(platform, themes, event).await,
        "payment.code_wanted" => cash_codes::send(platform, themes, &payload).await,
        "refund.succeeded" => refund_emails::refunded(platform, themes, tenant, &payload).await,
        "refund.failed" => refund_emails::refund_failed(platform, themes, &payload).await,
        "invoice.issued" => invoice_emails::issued(platform, themes, tenant, &payload).await,
        "order.called_off" => order_emails::called_off(platform, themes, tenant, &payload).await,
        "order.withdrawn" => order_emails::withdrawn(platform, themes, tenant, &payload).await,
        "order.cancelled" if payload.reason.as_deref() == Some("lapsed") => {
            order_emails::lapsed(platform, themes, &payload).await
        }
        "order.rest_reminder_due" => rest_emails::reminder(platform, themes, &payload).await,
        "order.rest_paid" => rest_emails::paid(platform, themes, tenant, &payload).await,
        "order.lapsed" => rest_emails::lapsed(platform, themes, tenant, &payload).await,
        "conversion.reported"
        | "conversion.confirmed"
        | "conversion.updated"
        | "conversion.reversed" => purchase_emails::news(platform, themes, event, &payload).await,
        "conversion.code_issued" => purchase_emails::code(platform, themes, event, &payload).await,
        "guarantee.nearly_used" => {
            purchase_emails::guarantee_nearly_used(platform, themes, event, &payload).await
        }
        "sale.submitted" => sale_emails::submitted(platform, themes, event, &payload).await,
        "registration.created" => sale_emails::registered(platform, themes, event, &payload).await,
        "sale.approved" | "sale.changes_requested" | "sale.rejected" => {
            sale_emails::review_decided(platform, themes, event, &payload).await?;
            moved_sale_emails::moved(platform, themes, event, &payload).await?;
            account_life_emails::product_launch(platform, themes, event, &payload).await
        }
        "sale.halted" => sale_emails::stopped(platform, themes, event, &payload).await,
        "sale.cancelled" => {
            sale_emails::stopped(platform, themes, event, &payload).await?;
            cancelled_sale_emails::cancelled(platform, themes, event, &payload).await
        }
        "waitlist.closed" => waitlist_emails::closed(platform, themes, event).await,
        "hold.resumed" => hold_emails::resumed(platform, themes, event).await,
        "hold.expired" => waitlist_emails::lapsed(platform, themes, event).await,
        "waitlist.offered" => waitlist_emails::offered(platform, themes, event).await,
        _ => on_vetting_event(platform, themes, event, &payload).await,
    }
}

/// The emails of a provider's way to its first sale: application, requirements, contract, proof, keys.
async fn on_vetting_event(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    match event.kind.as_str() {
        "provider.applied" => provider_emails::applied(platform, themes, event).await,
        "provider.approved"
        | "provider.rejected"
        | "provider.suspended"
        | "provider.reinstated"
        | "provider.reopened" => provider_emails::decided(platform, themes, event, payload).await,
        "requirement.refused" => {
            provider_emails::requirement_refused(platform, themes, event, payload).await
        }
        "contract.offered"
        | "contract.reminder_due"
        | "contract.signed"
        | "contract.countersigned"
        | "contract.ended" => contract_emails::moved(platform, themes, event, payload).await,
        "application.more_wanted" => {
            provider_emails::more_wanted(platform, themes, event, payload).await
        }
        "vetting.commented" => provider_emails::commented(platform, themes, event, payload).await,
        "application.answered" | "requirement.answered" => {
            provider_emails::answered(platform, themes, event, payload).await
        }
        "requirement.expiring" | "requirement.expired" => {
            provider_emails::requirement_expiry(platform, themes, event, payload).await
        }
        "api_key.created" | "api_key.rotated" => {
            provider_emails::key_made(platform, themes, event, payload).await
        }
        "proof.refused" | "proof.reopened" => {
            proof_emails::not_accepted(platform, themes, event, payload).await
        }
        _ => Ok(()),
    }
}
