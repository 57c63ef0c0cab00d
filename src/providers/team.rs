//! A provider's team: its members, inviting, accepting.

use poem::web::{Data, cookie::CookieJar};
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{provider::Provider, standing::require_open, store::get};
use crate::{
    access::{
        Access, Actor, Anyone, Empty, Member, SignedInResponse, Tag,
        accounts::{self, Account},
        audit, begin_session,
        credentials::Invited,
        limits::limit_sign_in,
        members::{self, MemberInvitation, MemberRole, TeamMember},
        sign_in::SigningDevice,
    },
    events,
    kernel::{AccountId, Error, FieldErrors, Input, InvitationId, Result, TenantId, validate},
    platform::Platform,
};

/// The job that sends an invitation. It is a job and not an event, because it contains a secret and
/// events are kept.
pub const INVITATION_EMAIL: &str = "invitation_email";

#[derive(Serialize)]
struct InvitationEmail<'a> {
    tenant_id: TenantId,
    email: &'a str,
    provider_name: &'a str,
    role: &'static str,
    token: &'a str,
    inviter_name: &'a str,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

/// Invites an address to a role and sends the link.
pub async fn invite(
    conn: &mut PgConnection,
    provider: &Provider,
    email: &str,
    role: MemberRole,
    by: &Account,
    now: OffsetDateTime,
) -> Result<MemberInvitation> {
    let (invitation, token) = members::invite(conn, provider.id, email, role, by.id, now).await?;
    let job = InvitationEmail {
        tenant_id: provider.id,
        email,
        provider_name: &provider.name,
        role: role.into_str(),
        token: &token,
        inviter_name: &by.name,
        expires_at: invitation.expires_at,
    };
    events::enqueue(conn, INVITATION_EMAIL, &job).await?;
    events::publish(
        conn,
        provider.id,
        "member.invited",
        &json!({"invitation_id": invitation.id, "role": role.into_str()}),
    )
    .await?;
    Ok(invitation)
}

pub struct TeamApi {
    pub platform: Platform,
}

/// What an invitation offers.
#[derive(Object)]
#[oai(rename = "Invitation")]
struct InvitationView {
    /// Whom it was sent to.
    email: String,
    provider_name: String,
    role: MemberRole,
    /// Whether the address has an account, whose password then accepts the invitation.
    account_exists: bool,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct InvitationAcceptance {
    /// Required for a new account.
    name: Option<String>,
    /// The password of the existing account, or a new one of at least 10 characters.
    password: String,
}

#[derive(Object)]
#[oai(rename = "Member")]
struct MemberView {
    account_id: AccountId,
    name: String,
    email: String,
    role: MemberRole,
    /// `active` or `suspended`
    state: String,
    created_at: OffsetDateTime,
}

impl From<TeamMember> for MemberView {
    fn from(member: TeamMember) -> Self {
        Self {
            account_id: member.account,
            name: member.name,
            email: member.email,
            role: member.role,
            state: member.state,
            created_at: member.created_at,
        }
    }
}

/// An invitation that was not accepted yet.
#[derive(Object)]
#[oai(rename = "MemberInvitation")]
struct MemberInvitationView {
    id: InvitationId,
    email: String,
    role: MemberRole,
    created_at: OffsetDateTime,
    /// From then on it cannot be accepted.
    expires_at: OffsetDateTime,
}

impl From<MemberInvitation> for MemberInvitationView {
    fn from(invitation: MemberInvitation) -> Self {
        Self {
            id: invitation.id,
            email: invitation.email,
            role: invitation.role,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}

#[derive(Object)]
#[oai(rename = "Members")]
struct MemberList {
    items: Vec<MemberView>,
    /// Those that can still be accepted.
    invitations: Vec<MemberInvitationView>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct MemberInput {
    /// Where the invitation is sent.
    email: String,
    role: MemberRole,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct OwnerInput {
    /// Where the invitation is sent.
    email: String,
}

#[derive(ApiResponse)]
enum MemberInvited {
    /// Invited.
    #[oai(status = 201)]
    Created(Json<MemberInvitationView>),
}

#[OpenApi(tag = "Tag::Providers")]
impl TeamApi {
    /// What an invitation offers
    ///
    /// What the link in an invitation's email leads to: the provider, the role, and whether the
    /// address has an account already. Nothing is changed.
    ///
    /// An invitation is open for 7 days. Otherwise the answer is 409: `urn:smp:invitation_used`,
    /// `urn:smp:invitation_replaced` when a newer one was sent, or `urn:smp:invitation_expired`; an
    /// unknown token is a 404.
    #[oai(
        path = "/invitations/:token",
        method = "get",
        operation_id = "invitation_get",
        transform = "limit_sign_in"
    )]
    async fn invitation_get(
        &self,
        _anyone: Anyone,
        token: Path<String>,
    ) -> Result<Json<InvitationView>> {
        let mut tx = self.platform.db.platform("invitation").await?;
        let invitation = members::invitation(&mut tx, &token, self.platform.clock.now()).await?;
        let provider = get(&mut tx, invitation.tenant).await?;
        let account = accounts::by_email(&mut tx, &invitation.email).await?;
        let account_exists = account.is_some_and(|account| account.is_verified);
        Ok(Json(InvitationView {
            email: invitation.email,
            provider_name: provider.name,
            role: invitation.role,
            account_exists,
        }))
    }

    /// Accept an invitation, and sign in
    ///
    /// Gives the role to the account of the invited address and signs it in; the answer sets the
    /// cookie `smp_session`, or is 202 if the account has a second factor. If the address has no account,
    /// one is made with `name` and `password`; otherwise `password` must be that account's, or the answer
    /// is 401. Written to the audit log.
    ///
    /// An invitation can be accepted once. A later attempt is a 409, with the types of reading it;
    /// `urn:smp:provider_rejected` means that SMP turned the provider down meanwhile.
    #[oai(
        path = "/invitations/:token/accept",
        method = "post",
        operation_id = "invitation_accept",
        transform = "limit_sign_in"
    )]
    async fn invitation_accept(
        &self,
        _anyone: Anyone,
        token: Path<String>,
        body: Input<InvitationAcceptance>,
        device: SigningDevice,
        jar: &CookieJar,
        access: Data<&Access>,
    ) -> Result<SignedInResponse> {
        let now = self.platform.clock.now();
        let InvitationAcceptance { name, password } = body.0;
        let mut tx = self.platform.db.platform("invitation accept").await?;
        let MemberInvitation { email, tenant, .. } =
            members::invitation(&mut tx, &token, now).await?;
        require_open(&mut tx, tenant).await?;
        tx.commit().await?;
        let by = (name.as_deref(), device.device());
        let invited = Invited::check(&self.platform, &email, by.0, &password, &by.1).await?;
        let mut tx = self.platform.db.platform("invitation accept").await?;
        let invitation = members::invitation(&mut tx, &token, now).await?;
        require_open(&mut tx, invitation.tenant).await?;
        let account = invited.account(&mut tx, now).await?;
        members::accept(&mut tx, &invitation, account.id, now).await?;
        let details = json!({"account_id": account.id, "role": invitation.role.into_str()});
        events::publish(&mut tx, invitation.tenant, "member.joined", &details).await?;
        audit::record(
            &mut tx,
            Actor::Account(account.id),
            invitation.tenant,
            "invitation_accept",
            &format!("member {}", account.email),
            &details,
        )
        .await?;
        let answer = begin_session(&self.platform, &mut tx, &account, &device, jar).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, account.id).await;
        Ok(answer)
    }

    /// A provider's team and its open invitations
    ///
    /// The members of the team, one entry for each role they hold, and the invitations that can
    /// still be accepted.
    #[oai(path = "/providers/:tenant/members", method = "get", operation_id = "member_list")]
    async fn member_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<MemberList>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        get(&mut tx, member.tenant).await?;
        let items = members::list(&mut tx, member.tenant)
            .await?
            .into_iter()
            .map(MemberView::from)
            .collect();
        let invitations =
            members::open_invitations(&mut tx, member.tenant, self.platform.clock.now()).await?;
        Ok(Json(MemberList {
            items,
            invitations: invitations.into_iter().map(MemberInvitationView::from).collect(),
        }))
    }

    /// Invite a member; an earlier open invitation to the same role is replaced
    ///
    /// Sends an email with a link that gives the address a role at the provider. The link is valid
    /// for 7 days; an earlier open one for the same address and role becomes invalid. Written to
    /// the audit log.
    ///
    /// Refused with 409: `urn:smp:already_member` when the address holds the role,
    /// `urn:smp:team_full` beyond 200 members and open invitations, `urn:smp:provider_rejected`.
    #[oai(path = "/providers/:tenant/members", method = "post", operation_id = "member_invite")]
    async fn member_invite(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<MemberInput>,
    ) -> Result<MemberInvited> {
        member.require_step_up(self.platform.clock.now())?;
        let mut fields = FieldErrors::default();
        let email = validate::email(&mut fields, "email", &body.email);
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let provider = require_open(&mut tx, member.tenant).await?;
        let invitation = invite(
            &mut tx,
            &provider,
            &email,
            body.role,
            &member.session.account,
            self.platform.clock.now(),
        )
        .await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "member_invite",
            &format!("invitation {}", invitation.id),
            &json!({"email": email, "role": body.role.into_str()}),
        )
        .await?;
        tx.commit().await?;
        Ok(MemberInvited::Created(Json(invitation.into())))
    }

    /// Invite the owner of a provider that has none again; the earlier link becomes invalid
    ///
    /// For a provider without an owner: invites one by email, and makes every earlier invitation to
    /// the role invalid. The link is valid for 7 days. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:has_owner` when there is an owner already,
    /// `urn:smp:provider_rejected`.
    #[oai(
        path = "/providers/:tenant/owner-invitation",
        method = "post",
        operation_id = "owner_invite"
    )]
    async fn owner_invite(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<OwnerInput>,
    ) -> Result<MemberInvited> {
        let now = self.platform.clock.now();
        member.require_step_up(now)?;
        let mut fields = FieldErrors::default();
        let email = validate::email(&mut fields, "email", &body.email);
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let provider = require_open(&mut tx, member.tenant).await?;
        // Withdraw first: an earlier invitation that is being accepted right now has then either made
        // an owner, or can no longer do so.
        members::withdraw(&mut tx, member.tenant, MemberRole::Owner, now).await?;
        if members::list(&mut tx, member.tenant)
            .await?
            .iter()
            .any(|member| member.role == MemberRole::Owner && !member.is_suspended())
        {
            return Err(Error::conflict(
                "has_owner",
                format!(
                    "{} already has an owner, who can invite others on the team page.",
                    provider.name
                ),
            ));
        }
        let invitation =
            invite(&mut tx, &provider, &email, MemberRole::Owner, &member.session.account, now)
                .await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "owner_invite",
            &format!("invitation {}", invitation.id),
            &json!({"email": email}),
        )
        .await?;
        tx.commit().await?;
        Ok(MemberInvited::Created(Json(invitation.into())))
    }

    /// Revoke an open invitation
    ///
    /// Its link no longer works. Written to the audit log. An invitation that was accepted, revoked
    /// or replaced, or has expired, is a 404.
    #[oai(
        path = "/providers/:tenant/invitations/:invitation",
        method = "delete",
        operation_id = "invitation_revoke"
    )]
    async fn invitation_revoke(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        invitation: Path<InvitationId>,
    ) -> Result<Empty> {
        let now = self.platform.clock.now();
        member.require_step_up(now)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let open = members::open_invitation(&mut tx, member.tenant, invitation.0, now).await?;
        members::revoke_invitation(&mut tx, member.tenant, open.id, now).await?;
        let role = open.role.into_str();
        events::publish(
            &mut tx,
            member.tenant,
            "invitation.revoked",
            &json!({"invitation_id": open.id, "role": role}),
        )
        .await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "invitation_revoke",
            &format!("invitation {}", open.id),
            &json!({"email": open.email, "role": role}),
        )
        .await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }

    /// Send an open invitation again
    ///
    /// The email has a new link, valid for a week from now; the earlier link no longer works. Written
    /// to the audit log. An address gets at most five invitations of a provider within a day. An
    /// invitation that is no longer open is a 404.
    #[oai(
        path = "/providers/:tenant/invitations/:invitation/resend",
        method = "post",
        operation_id = "invitation_resend"
    )]
    async fn invitation_resend(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        invitation: Path<InvitationId>,
    ) -> Result<MemberInvited> {
        let now = self.platform.clock.now();
        member.require_step_up(now)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let provider = require_open(&mut tx, member.tenant).await?;
        let open = members::open_invitation(&mut tx, member.tenant, invitation.0, now).await?;
        let by = &member.session.account;
        let newer = invite(&mut tx, &provider, &open.email, open.role, by, now).await?;
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "invitation_resend",
            &format!("invitation {}", newer.id),
            &json!({"email": newer.email, "role": newer.role.into_str()}),
        )
        .await?;
        tx.commit().await?;
        Ok(MemberInvited::Created(Json(newer.into())))
    }
}
