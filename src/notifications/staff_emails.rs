//! Emails to SMP's own team: an invitation to it, and what was changed of a member.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    emails::{self, EmailDraft},
    messages::{self, NewMessage},
};
use crate::{
    access::accounts,
    events::Event,
    kernel::{AccountId, Result, TenantId, token},
    platform::{Platform, PortalPath},
    providers::Themes,
};

/// The payload of the job `staff_invitation_email`. It is a job because its secret must not be in an
/// event.
#[derive(Debug, Serialize, Deserialize)]
pub struct StaffInvitationMessage {
    email: String,
    roles: Vec<String>,
    token: String,
    inviter_name: String,
    expires_at: String,
}

/// Of `staff.changed` and `staff.removed`.
#[derive(Deserialize)]
struct StaffChange {
    account_id: AccountId,
    change: String,
    roles: Vec<String>,
    /// None: the operator of the installation.
    by: Option<AccountId>,
}

/// Queues an invitation to SMP's team.
pub async fn invite(
    platform: &Platform,
    themes: &Themes,
    invitation: &StaffInvitationMessage,
) -> Result<()> {
    let mut tx = platform.db.platform("staff invitation").await?;
    let branding = themes.default_branding();
    let context = json!({
        "roles": invitation.roles,
        "inviter_name": invitation.inviter_name,
        "expires_at": invitation.expires_at,
        "url": platform.portal_url(PortalPath::StaffInvitation { token: &invitation.token }),
    });
    let recipient = json!({"name": null, "email": invitation.email});
    let context = emails::complete_context(platform, branding, &recipient, context);
    let token_hash = token::content_hash(invitation.token.as_bytes());
    let message = NewMessage {
        tenant: TenantId::PLATFORM,
        account: None,
        recipient: &invitation.email,
        template: "staff_invitation",
        content: branding.theme.email("staff_invitation", &context)?.into(),
        dedupe_key: format!("staff_invitation:{token_hash}"),
    };
    messages::queue(&mut tx, message).await?;
    tx.commit().await?;
    Ok(())
}

/// A member's roles were changed, or they were suspended, resumed or removed: they are told by whom.
pub async fn changed(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let change: StaffChange =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let mut tx = platform.db.platform("staff changed").await?;
    // An account that is disabled meanwhile is not written to.
    let Some(to) = accounts::by_ids(&mut tx, &[change.account_id]).await?.pop() else {
        return Ok(());
    };
    let by = match change.by {
        Some(by) => accounts::names(&mut tx, &[by]).await?.remove(&by),
        None => None,
    };
    let draft = EmailDraft {
        tenant: TenantId::PLATFORM,
        to: &to,
        template: "staff_changed",
        context: json!({
            "is_suspended": change.change == "suspended",
            "is_resumed": change.change == "resumed",
            "is_removed": change.change == "removed",
            "roles": change.roles,
            "decided_by_name": by,
            "url": platform.portal_url(PortalPath::Home),
        }),
        dedupe_key: format!("staff_changed:{}", event.id),
    };
    emails::queue(platform, themes, &mut tx, draft).await?;
    tx.commit().await?;
    Ok(())
}
