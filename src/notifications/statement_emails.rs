//! Emails about payouts: to a provider's owners, and to SMP's finance when a payment failed.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    email_contexts as contexts,
    emails::{self, GroupEmail},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts::{self, Account},
    events::Event,
    kernel::{Result, TenantId},
    platform::{Platform, PortalPath},
    providers::{self, Provider, Themes},
    statements::{self, Statement, StatementState},
};

/// The emails that follow from what happened to a statement, or to the account it is paid to.
pub async fn on_event(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    match event.kind.as_str() {
        "statement.sent" => sent(platform, themes, event, payload).await,
        "statement.failed" => failed(platform, themes, event, payload).await,
        _ => bank_account_changed(platform, themes, event, payload).await,
    }
}

/// A statement's money is on its way: the owners learn how much it is and what for.
async fn sent(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let id = required(payload.statement_id, "statement")?;
    let mut tx = platform.db.platform("statement sent").await?;
    let statement = statements::get_statement(&mut tx, event.tenant_id, id).await?;
    // It failed meanwhile, and another email says so.
    if !matches!(statement.state, StatementState::Sent | StatementState::Paid) {
        return Ok(());
    }
    let provider = providers::get(&mut tx, event.tenant_id).await?;
    let context = context(&provider, &statement, &own_page(platform, &provider, &statement));
    let owners = accounts::of_members(&mut tx, event.tenant_id, &["owner"]).await?;
    queue(platform, themes, &mut tx, event, &owners, "statement_sent", context).await?;
    tx.commit().await?;
    Ok(())
}

/// A statement's money was not sent, or came back: owners and finance learn why.
async fn failed(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let id = required(payload.statement_id, "statement")?;
    let mut tx = platform.db.platform("statement failed").await?;
    let statement = statements::get_statement(&mut tx, event.tenant_id, id).await?;
    // It is paid again already.
    if statement.state != StatementState::Failed {
        return Ok(());
    }
    let provider = providers::get(&mut tx, event.tenant_id).await?;
    let owners = accounts::of_members(&mut tx, event.tenant_id, &["owner"]).await?;
    let for_owners = context(&provider, &statement, &own_page(platform, &provider, &statement));
    queue(platform, themes, &mut tx, event, &owners, "statement_failed", for_owners).await?;
    let finance = accounts::of_staff(&mut tx, &["finance", "admin"]).await?;
    let page = PortalPath::StaffStatement { tenant: statement.tenant, statement: statement.id };
    let mut for_finance = context(&provider, &statement, &platform.portal_url(page));
    for_finance["for_finance"] = true.into();
    queue(platform, themes, &mut tx, event, &finance, "statement_failed", for_finance).await?;
    tx.commit().await?;
    Ok(())
}

/// The bank account of a provider was changed: every owner learns who did it and until when nothing is paid.
async fn bank_account_changed(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let by = required(payload.by, "by")?;
    let mut tx = platform.db.platform("bank account changed").await?;
    let provider = providers::get(&mut tx, event.tenant_id).await?;
    let Some(account) = statements::bank_account_of(&mut tx, event.tenant_id).await? else {
        return Ok(());
    };
    let page = PortalPath::ProviderPayouts { provider_slug: &provider.slug };
    let context = json!({
        "provider": {"name": provider.name},
        "by": accounts::names(&mut tx, &[by]).await?.remove(&by),
        "bank_account": {
            "iban": account.masked,
            "payable_from": contexts::rfc3339(account.payable_from()),
        },
        "url": platform.portal_url(page),
    });
    let owners = accounts::of_members(&mut tx, event.tenant_id, &["owner"]).await?;
    queue(platform, themes, &mut tx, event, &owners, "bank_account_changed", context).await?;
    tx.commit().await?;
    Ok(())
}

fn own_page(platform: &Platform, provider: &Provider, statement: &Statement) -> String {
    platform.portal_url(PortalPath::ProviderStatement {
        provider_slug: &provider.slug,
        statement: statement.id,
    })
}

fn context(provider: &Provider, statement: &Statement, url: &str) -> Value {
    json!({
        "provider": {"name": provider.name},
        "statement": {
            "number": statement.number,
            "amount": statement.amount(),
            "failure": statement.failure,
            "period_to": contexts::rfc3339(statement.period_to),
        },
        "url": url,
    })
}

async fn queue(
    platform: &Platform,
    themes: &Themes,
    conn: &mut PgConnection,
    event: &Event,
    to: &[Account],
    template: &'static str,
    context: Value,
) -> Result<()> {
    let dedupe_key = event.id.to_string();
    let email = GroupEmail { tenant: TenantId::PLATFORM, to, template, context, dedupe_key };
    emails::queue_each(platform, themes, conn, email).await?;
    Ok(())
}
