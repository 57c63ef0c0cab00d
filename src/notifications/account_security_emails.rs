//! Emails about the security of an account: links and codes, and news of what was changed.

use serde_json::{Value, json};
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    emails::{self, EmailDraft},
    payload::{EventPayload, required},
};
use crate::{
    access::{AccountMail, accounts, accounts::Account},
    events::Event,
    kernel::{AccountId, Result, TenantId, token},
    platform::{Platform, PublicPath},
    providers::Themes,
};

/// Writes an email that holds a link or a code.
pub async fn write_account_mail(
    platform: &Platform,
    themes: &Themes,
    mail: &AccountMail,
) -> Result<()> {
    let mut tx = platform.db.platform("account mail").await?;
    let url = |path| platform.public_url(path);
    let (account, to, template, secret, context) = match mail {
        AccountMail::Verification { account, token, code, expires_at } => {
            let context = json!({
                "code": code,
                "url": url(PublicPath::VerifyEmail { token }),
                "expires_at": written(*expires_at),
            });
            (*account, None, "email_verification", token.clone(), context)
        }
        AccountMail::SignUpKnown { account, at } => {
            let context = json!({
                "at": written(*at),
                "sign_in_url": url(PublicPath::SignIn),
                "forgot_url": url(PublicPath::ForgottenPassword),
            });
            (*account, None, "sign_up_known", format!("{account} {}", written(*at)), context)
        }
        AccountMail::PasswordReset { account, token, expires_at } => {
            let context = json!({
                "url": url(PublicPath::ResetPassword { token }),
                "expires_at": written(*expires_at),
            });
            (*account, None, "password_reset", token.clone(), context)
        }
        AccountMail::ConfirmAddress { account, email, token, expires_at } => {
            let context = json!({
                "url": url(PublicPath::ConfirmAddress { token }),
                "expires_at": written(*expires_at),
            });
            (*account, Some(email), "email_change_confirm", token.clone(), context)
        }
        AccountMail::AddressChanged { account, email, undo, at } => {
            let context = json!({
                "at": written(*at),
                "undo_url": undo
                    .as_ref()
                    .map(|undo| url(PublicPath::UndoAddress { token: &undo.token })),
                "undo_until": undo.as_ref().map(|undo| written(undo.expires_at)),
                "url": url(PublicPath::Account),
            });
            let once = format!("{account} {email} {}", written(*at));
            (*account, Some(email), "email_changed", once, context)
        }
    };
    let mut account = accounts::by_id(&mut tx, account).await?;
    if let Some(email) = to {
        account = emails::addressed(account, email);
    }
    let key = token::content_hash(secret.as_bytes());
    queue(platform, themes, &mut tx, &account, template, context, &key).await?;
    tx.commit().await?;
    Ok(())
}

/// The password was changed: the owner is told.
pub async fn password_changed(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let context = json!({
        "at": written(event.created_at),
        "ended_sessions": payload.ended_sessions.unwrap_or(0),
        "url": platform.public_url(PublicPath::ForgottenPassword),
    });
    tell(platform, themes, event, payload, "password_changed", context).await
}

/// Somebody signed in on a device that the account had not seen: the owner is told.
pub async fn new_device(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let context = json!({
        "at": written(event.created_at),
        "device": payload.device,
        "url": platform.public_url(PublicPath::AccountSecurity),
    });
    tell(platform, themes, event, payload, "new_device", context).await
}

async fn tell(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
    template: &'static str,
    context: Value,
) -> Result<()> {
    let account: AccountId = required(payload.account_id, "account")?;
    let mut tx = platform.db.platform("account news").await?;
    let account = accounts::by_id(&mut tx, account).await?;
    let key = event.id.to_string();
    queue(platform, themes, &mut tx, &account, template, context, &key).await?;
    tx.commit().await?;
    Ok(())
}

async fn queue(
    platform: &Platform,
    themes: &Themes,
    conn: &mut PgConnection,
    to: &Account,
    template: &'static str,
    context: Value,
    key: &str,
) -> Result<()> {
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to,
        template,
        context,
        dedupe_key: format!("{template}:{key}"),
    };
    emails::queue(platform, themes, conn, draft).await
}

fn written(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
