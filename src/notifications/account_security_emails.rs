//! Emails about the security of an account: links and codes, and news of what was changed.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    email_contexts::rfc3339,
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
                "expires_at": rfc3339(*expires_at),
            });
            (*account, None, "email_verification", token.clone(), context)
        }
        AccountMail::SignUpKnown { account, at } => {
            let context = json!({
                "at": rfc3339(*at),
                "sign_in_url": url(PublicPath::SignIn),
                "forgot_url": url(PublicPath::ForgottenPassword),
            });
            (*account, None, "sign_up_known", format!("{account} {}", rfc3339(*at)), context)
        }
        AccountMail::PasswordReset { account, token, expires_at } => {
            let context = json!({
                "url": url(PublicPath::ResetPassword { token }),
                "expires_at": rfc3339(*expires_at),
            });
            (*account, None, "password_reset", token.clone(), context)
        }
        AccountMail::ConfirmAddress { account, email, token, expires_at } => {
            let context = json!({
                "url": url(PublicPath::ConfirmAddress { token }),
                "expires_at": rfc3339(*expires_at),
            });
            (*account, Some(email), "email_change_confirm", token.clone(), context)
        }
        AccountMail::AddressChanged { account, email, undo, at } => {
            let context = json!({
                "at": rfc3339(*at),
                "undo_url": undo
                    .as_ref()
                    .map(|undo| url(PublicPath::UndoAddress { token: &undo.token })),
                "undo_until": undo.as_ref().map(|undo| rfc3339(undo.expires_at)),
                "url": url(PublicPath::Account),
            });
            let once = format!("{account} {email} {}", rfc3339(*at));
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
        "at": rfc3339(event.created_at),
        "ended_sessions": payload.ended_sessions.unwrap_or(0),
        "url": platform.public_url(PublicPath::ForgottenPassword),
    });
    let to = required(payload.account_id, "account")?;
    tell(platform, themes, event, to, "password_changed", context).await
}

/// Somebody signed in on a device that the account had not seen: the owner is told.
pub async fn new_device(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    payload: &EventPayload,
) -> Result<()> {
    let context = json!({
        "at": rfc3339(event.created_at),
        "device": payload.device,
        "url": platform.public_url(PublicPath::AccountSecurity),
    });
    let to = required(payload.account_id, "account")?;
    tell(platform, themes, event, to, "new_device", context).await
}

/// The payload of `account.sign_in_method_changed`.
#[derive(Deserialize)]
struct MethodChanged {
    account_id: AccountId,
    /// `added` or `removed`.
    change: String,
    /// A provider's label, or a passkey in words.
    method: String,
}

/// A provider's account or a passkey signs the owner in, or does not any more: they are told, in case
/// it was somebody else.
pub async fn sign_in_method_changed(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
) -> Result<()> {
    let changed: MethodChanged = read(event)?;
    let context = json!({
        "added": changed.change == "added",
        "method": changed.method,
        "at": rfc3339(event.created_at),
        "url": platform.public_url(PublicPath::AccountSecurity),
    });
    let to = changed.account_id;
    tell(platform, themes, event, to, "sign_in_method_changed", context).await
}

/// The payload of `account.second_factor_changed`.
#[derive(Deserialize)]
struct SecondFactorChanged {
    account_id: AccountId,
    change: String,
    codes_left: Option<i64>,
}

/// The second factor was set up, replaced, removed or reset, or its recovery codes were renewed or
/// one was used.
pub async fn second_factor_changed(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
) -> Result<()> {
    let changed: SecondFactorChanged = read(event)?;
    let context = json!({
        "change": changed.change,
        "codes_left": changed.codes_left,
        "at": rfc3339(event.created_at),
        "url": platform.public_url(PublicPath::AccountSecurity),
    });
    let to = changed.account_id;
    tell(platform, themes, event, to, "second_factor_changed", context).await
}

fn read<T: DeserializeOwned>(event: &Event) -> Result<T> {
    Ok(serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?)
}

/// Tells the owner of an account what happened to it.
async fn tell(
    platform: &Platform,
    themes: &Themes,
    event: &Event,
    account: AccountId,
    template: &'static str,
    context: Value,
) -> Result<()> {
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
