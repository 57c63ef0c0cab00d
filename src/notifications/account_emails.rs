//! Emails about an account: invitation, welcome, a reply of customer service.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    emails::{self, EmailDraft, GroupEmail},
    messages::{self, NewMessage},
    payload::{EventPayload, required},
};
use crate::{
    access::accounts,
    care,
    kernel::{Result, TenantId, token, validate},
    platform::{Platform, PortalPath, PublicPath},
    providers::Themes,
};

/// The payload of the job `invitation_email`. It is a job because its secret must not be in an
/// event.
#[derive(Debug, Serialize, Deserialize)]
pub struct InvitationMessage {
    tenant_id: TenantId,
    email: String,
    provider_name: String,
    role: String,
    token: String,
    inviter_name: String,
    expires_at: String,
}

/// Queues an invitation to a provider's team.
pub async fn invite(
    platform: &Platform,
    themes: &Themes,
    invitation: &InvitationMessage,
) -> Result<()> {
    let mut tx = platform.db.platform("invitation").await?;
    // In SMP's branding: the recipient may not know the provider's yet.
    let branding = themes.default_branding();
    let context = json!({
        "provider_name": invitation.provider_name,
        "role": invitation.role,
        "inviter_name": invitation.inviter_name,
        "expires_at": invitation.expires_at,
        "url": platform.portal_url(PortalPath::Invitation { token: &invitation.token }),
    });
    let recipient = json!({"name": null, "email": invitation.email});
    let context = emails::complete_context(platform, branding, &recipient, context);
    let token_hash = token::content_hash(invitation.token.as_bytes());
    let message = NewMessage {
        tenant: invitation.tenant_id,
        account: None,
        recipient: &invitation.email,
        template: "invitation",
        content: branding.theme.email("invitation", &context)?.into(),
        dedupe_key: format!("invitation:{token_hash}"),
    };
    messages::queue(&mut tx, message).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn welcome(platform: &Platform, themes: &Themes, payload: &EventPayload) -> Result<()> {
    let account = required(payload.account_id, "account")?;
    let mut tx = platform.db.platform("welcome").await?;
    let to = accounts::by_id(&mut tx, account).await?;
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "welcome",
        context: json!({"url": platform.public_url(PublicPath::Home)}),
        dedupe_key: format!("welcome:{account}"),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}

/// A message in a conversation: the other side is told.
pub async fn conversation_message(
    platform: &Platform,
    themes: &Themes,
    payload: &EventPayload,
) -> Result<()> {
    match payload.author.as_deref() {
        Some("support") => conversation_reply(platform, themes, payload).await,
        Some("shopper") => shopper_message(platform, themes, payload).await,
        _ => Ok(()),
    }
}

/// A shopper wrote: customer service is told.
async fn shopper_message(
    platform: &Platform,
    themes: &Themes,
    payload: &EventPayload,
) -> Result<()> {
    let (account, id) = (
        required(payload.account_id, "account")?,
        required(payload.conversation_id, "conversation")?,
    );
    let conversation = care::conversation_view(platform, account, id).await?;
    let from_shopper =
        |message: &&care::CareMessageView| message.author == care::CareAuthor::Shopper;
    let Some(message) = conversation.messages.iter().rfind(from_shopper) else { return Ok(()) };
    let mut tx = platform.db.platform("conversation").await?;
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &accounts::of_staff(&mut tx, &["support", "admin"]).await?,
        template: "conversation_message",
        context: json!({
            "conversation": {
                "subject": conversation.subject,
                "order_number": conversation.order_number,
            },
            "shopper_name": message.author_name,
            "body": message.body,
            "url": platform.portal_url(PortalPath::StaffConversation { conversation: id }),
        }),
        dedupe_key: message.id.to_string(),
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}

/// Customer service replied: the shopper is told.
async fn conversation_reply(
    platform: &Platform,
    themes: &Themes,
    payload: &EventPayload,
) -> Result<()> {
    let (account, id) = (
        required(payload.account_id, "account")?,
        required(payload.conversation_id, "conversation")?,
    );
    let conversation = care::conversation_view(platform, account, id).await?;
    let from_support =
        |message: &&care::CareMessageView| message.author == care::CareAuthor::Support;
    let Some(message) = conversation.messages.iter().rfind(from_support) else { return Ok(()) };
    let mut tx = platform.db.platform("conversation").await?;
    let to = accounts::by_id(&mut tx, account).await?;
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "conversation_reply",
        context: json!({
            "conversation": {
                "subject": conversation.subject,
                "order_number": conversation.order_number,
            },
            "message": {
                "author_name": message.author_name,
                "body": validate::paragraphs(&message.body),
            },
            "url": platform.public_url(PublicPath::Conversation { conversation: id }),
        }),
        dedupe_key: format!("conversation_reply:{}", message.id),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}
