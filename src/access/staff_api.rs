//! SMP's own team over the API: who is on it, inviting, roles, suspending, removing.

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};
use time::OffsetDateTime;

use super::{
    accounts,
    api::{Empty, Tag},
    caller::{Anyone, Staff},
    context::Access,
    credentials::Invited,
    devices::SigningDevice,
    limits::limit_sign_in,
    staff,
    staff::{StaffMember, StaffRole, checked_roles},
    staff_changes as changes,
    staff_invitations::{self, StaffInvitation},
};
use crate::{
    kernel::{AccountId, Error, FieldErrors, Input, InvitationId, Result, validate},
    platform::{Platform, Tx},
};

pub struct StaffApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(rename = "StaffMember")]
struct StaffMemberView {
    account_id: AccountId,
    name: String,
    email: String,
    roles: Vec<StaffRole>,
    /// `active` or `suspended`
    state: String,
    /// When they joined the team.
    since: OffsetDateTime,
    suspended_at: Option<OffsetDateTime>,
    /// When they last used the portal as one of the team, to the minute; null: not yet.
    last_seen_at: Option<OffsetDateTime>,
}

impl From<StaffMember> for StaffMemberView {
    fn from(member: StaffMember) -> Self {
        let state = if member.suspended_at.is_some() { "suspended" } else { "active" };
        Self {
            account_id: member.account,
            name: member.name,
            email: member.email,
            roles: member.roles,
            state: state.to_owned(),
            since: member.since,
            suspended_at: member.suspended_at,
            last_seen_at: member.last_seen_at,
        }
    }
}

/// An invitation to SMP's team that was not accepted yet.
#[derive(Object)]
#[oai(rename = "StaffInvitation")]
struct StaffInvitationView {
    id: InvitationId,
    email: String,
    roles: Vec<StaffRole>,
    created_at: OffsetDateTime,
    /// From then on it cannot be accepted.
    expires_at: OffsetDateTime,
}

impl From<StaffInvitation> for StaffInvitationView {
    fn from(invitation: StaffInvitation) -> Self {
        Self {
            id: invitation.id,
            email: invitation.email,
            roles: invitation.roles,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}

#[derive(Object)]
struct StaffTeam {
    items: Vec<StaffMemberView>,
    /// Those that can still be accepted.
    invitations: Vec<StaffInvitationView>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct StaffInvitationInput {
    /// Where the invitation is sent.
    email: String,
    /// At least one.
    roles: Vec<StaffRole>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct StaffRolesInput {
    /// All that the member has from now on; at least one.
    roles: Vec<StaffRole>,
}

/// What an invitation to SMP's team offers.
#[derive(Object)]
struct StaffInvitationOffer {
    /// Whom it was sent to.
    email: String,
    roles: Vec<StaffRole>,
    /// Whether the address has an account, which then joins.
    account_exists: bool,
    /// Whether the caller is signed in to that account, so that no password is asked.
    is_signed_in: bool,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct StaffInvitationAcceptance {
    /// Required for a new account.
    name: Option<String>,
    /// A new one of at least 10 characters, or that of the account; not needed by a caller who is
    /// signed in to it.
    password: Option<String>,
}

/// Who joined the team.
#[derive(Object)]
struct StaffJoined {
    account_id: AccountId,
    email: String,
    roles: Vec<StaffRole>,
}

#[derive(ApiResponse)]
enum StaffInvited {
    /// Invited.
    #[oai(status = 201)]
    Created(Json<StaffInvitationView>),
}

#[OpenApi(tag = "Tag::Access")]
impl StaffApi {
    /// SMP's team and its open invitations
    ///
    /// The members of SMP's own team, those who joined first in front, with their roles and when they
    /// were last at work; and the invitations that can still be accepted, newest first. At most 200.
    #[oai(path = "/staff", method = "get", operation_id = "staff_list")]
    async fn staff_list(&self, _staff: Staff) -> Result<Json<StaffTeam>> {
        let mut tx = self.platform.db.platform("staff").await?;
        let items = staff::list(&mut tx).await?;
        let invitations = staff_invitations::list_open(&mut tx, self.platform.clock.now()).await?;
        Ok(Json(StaffTeam {
            items: items.into_iter().map(StaffMemberView::from).collect(),
            invitations: invitations.into_iter().map(StaffInvitationView::from).collect(),
        }))
    }

    /// Invite somebody to SMP's team
    ///
    /// Sends an email with a link that gives the address these roles. The link is valid for 7 days; an
    /// earlier open one of the address becomes invalid. Written to the audit log.
    ///
    /// Refused with 403 `urn:smp:second_factor_needed` without a recent second factor, and with 409:
    /// `urn:smp:already_member`, `urn:smp:invited_too_often` beyond five within a day,
    /// `urn:smp:team_full` beyond 200 members and open invitations.
    #[oai(path = "/staff/invitations", method = "post", operation_id = "staff_invite")]
    async fn staff_invite(
        &self,
        staff: Staff,
        body: Input<StaffInvitationInput>,
    ) -> Result<StaffInvited> {
        let now = self.platform.clock.now();
        let mut fields = FieldErrors::default();
        let email = validate::email(&mut fields, "email", &body.email);
        fields.check(!body.roles.is_empty(), "roles", "Choose at least one role");
        fields.finish()?;
        let roles = checked_roles(&body.roles)?;
        staff.require_step_up(now)?;
        let mut tx = self.platform.db.platform("staff invite").await?;
        let by = &staff.0.account;
        let invitation = changes::invite(&mut tx, &email, &roles, by, "staff_invite", now).await?;
        tx.commit().await?;
        Ok(StaffInvited::Created(Json(invitation.into())))
    }

    /// Revoke an open invitation to SMP's team
    ///
    /// Its link no longer works. Written to the audit log. An invitation that was accepted, revoked or
    /// replaced, or has expired, is a 404.
    #[oai(
        path = "/staff/invitations/:invitation",
        method = "delete",
        operation_id = "staff_invitation_revoke"
    )]
    async fn staff_invitation_revoke(
        &self,
        staff: Staff,
        invitation: Path<InvitationId>,
    ) -> Result<Empty> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("staff invitation").await?;
        changes::revoke_invitation(&mut tx, invitation.0, staff.actor(), now).await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }

    /// Send an open invitation to SMP's team again
    ///
    /// The email has a new link, valid for a week from now; the earlier link no longer works. Written
    /// to the audit log. An address gets at most five invitations within a day. An invitation that is
    /// no longer open is a 404.
    #[oai(
        path = "/staff/invitations/:invitation/resend",
        method = "post",
        operation_id = "staff_invitation_resend"
    )]
    async fn staff_invitation_resend(
        &self,
        staff: Staff,
        invitation: Path<InvitationId>,
    ) -> Result<StaffInvited> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("staff invitation").await?;
        let open = staff_invitations::list_open(&mut tx, now).await?;
        let open = open
            .into_iter()
            .find(|open| open.id == invitation.0)
            .ok_or(Error::NotFound("open invitation"))?;
        staff.require_step_up(now)?;
        let (by, action) = (&staff.0.account, "staff_invitation_resend");
        let newer = changes::invite(&mut tx, &open.email, &open.roles, by, action, now).await?;
        tx.commit().await?;
        Ok(StaffInvited::Created(Json(newer.into())))
    }

    /// What an invitation to SMP's team offers
    ///
    /// What the link in the email leads to: the address, the roles, and whether the address has an
    /// account already. Nothing is changed.
    ///
    /// An invitation is open for 7 days. Otherwise the answer is 409: `urn:smp:invitation_used`,
    /// `urn:smp:invitation_replaced`, or `urn:smp:invitation_expired`; an unknown token is a 404.
    #[oai(
        path = "/staff-invitations/:token",
        method = "get",
        operation_id = "staff_invitation_get",
        transform = "limit_sign_in"
    )]
    async fn staff_invitation_get(
        &self,
        anyone: Anyone,
        token: Path<String>,
    ) -> Result<Json<StaffInvitationOffer>> {
        let mut tx = self.platform.db.platform("staff invitation").await?;
        let now = self.platform.clock.now();
        let invitation = staff_invitations::of_token(&mut tx, &token, now).await?;
        let account = accounts::by_email(&mut tx, &invitation.email).await?;
        let is_signed_in = is_of(&anyone, &invitation.email);
        // Anybody can claim an address: whoever was invited need not know that account's password.
        let account_exists = is_signed_in || account.is_some_and(|account| account.is_verified);
        Ok(Json(StaffInvitationOffer {
            is_signed_in,
            email: invitation.email,
            roles: invitation.roles,
            account_exists,
        }))
    }

    /// Accept an invitation to SMP's team
    ///
    /// Gives the roles to the account of the invited address, which counts as verified from then on. A
    /// caller who is signed in to that account needs no password; otherwise `password` must be the
    /// account's, or the answer is 401. If the address has no account, one is made with `name` and
    /// `password`. Nobody is signed in by this. Written to the audit log.
    ///
    /// An invitation can be accepted once. A later attempt is a 409, with the types of reading it.
    #[oai(
        path = "/staff-invitations/:token/accept",
        method = "post",
        operation_id = "staff_invitation_accept",
        transform = "limit_sign_in"
    )]
    async fn staff_invitation_accept(
        &self,
        anyone: Anyone,
        token: Path<String>,
        device: SigningDevice,
        body: Input<StaffInvitationAcceptance>,
        access: Data<&Access>,
    ) -> Result<Json<StaffJoined>> {
        let now = self.platform.clock.now();
        let StaffInvitationAcceptance { name, password } = body.0;
        let mut tx = self.platform.db.platform("staff accept").await?;
        let email = staff_invitations::of_token(&mut tx, &token, now).await?.email;
        tx.commit().await?;
        let invited = match &anyone.0 {
            Some(session) if is_of(&anyone, &email) => Invited::Known(session.account.clone()),
            _ => {
                let password = password.unwrap_or_default();
                let (name, device) = (name.as_deref(), device.device());
                Invited::check(&self.platform, &email, name, &password, &device).await?
            }
        };
        let mut tx = self.platform.db.platform("staff accept").await?;
        let invitation = staff_invitations::of_token(&mut tx, &token, now).await?;
        let account = invited.account(&mut tx, now).await?;
        // The link was sent to the address.
        accounts::mark_verified(&mut tx, account.id, now).await?;
        changes::join(&mut tx, &invitation, &account, now).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, account.id).await;
        Ok(Json(StaffJoined {
            account_id: account.id,
            email: account.email,
            roles: invitation.roles,
        }))
    }

    /// Set the roles of a member of SMP's team
    ///
    /// From now on the member has these roles and no others, at once, also in sessions that are open.
    /// The member is told by email. Written to the audit log.
    ///
    /// Refused with 403 `urn:smp:second_factor_needed` without a recent second factor, and with 409:
    /// `urn:smp:last_admin` when nobody else is an admin, `urn:smp:suspended` when the member is.
    #[oai(path = "/staff/members/:account/roles", method = "put", operation_id = "staff_roles_set")]
    async fn staff_roles_set(
        &self,
        staff: Staff,
        account: Path<AccountId>,
        body: Input<StaffRolesInput>,
        access: Data<&Access>,
    ) -> Result<Json<StaffMemberView>> {
        let now = self.platform.clock.now();
        let roles = checked_roles(&body.roles)?;
        staff.require_step_up(now)?;
        let mut tx = self.platform.db.platform("staff roles").await?;
        changes::change_roles(&mut tx, account.0, &roles, staff.actor(), now).await?;
        self.changed(tx, account.0, access.0).await
    }

    /// Suspend a member of SMP's team
    ///
    /// Ends all sessions of the account and takes its roles away until it is resumed, at once and on
    /// every node. The account can still shop. The member is told by email. Written to the audit log.
    ///
    /// Refused with 403 `urn:smp:second_factor_needed` without a recent second factor, and with 409:
    /// `urn:smp:last_admin` when nobody else is an admin, `urn:smp:suspended` when they are already.
    #[oai(
        path = "/staff/members/:account/suspend",
        method = "post",
        operation_id = "staff_suspend"
    )]
    async fn staff_suspend(
        &self,
        staff: Staff,
        account: Path<AccountId>,
        access: Data<&Access>,
    ) -> Result<Json<StaffMemberView>> {
        let now = self.platform.clock.now();
        staff.require_step_up(now)?;
        let mut tx = self.platform.db.platform("staff suspend").await?;
        changes::suspend(&mut tx, account.0, staff.actor(), now).await?;
        self.changed(tx, account.0, access.0).await
    }

    /// Let a suspended member of SMP's team work again
    ///
    /// In the roles they had. The member is told by email. Written to the audit log. A member who is
    /// not suspended is a 409 `urn:smp:not_suspended`; 403 `urn:smp:second_factor_needed` asks for a
    /// recent second factor.
    #[oai(path = "/staff/members/:account/resume", method = "post", operation_id = "staff_resume")]
    async fn staff_resume(
        &self,
        staff: Staff,
        account: Path<AccountId>,
        access: Data<&Access>,
    ) -> Result<Json<StaffMemberView>> {
        staff.require_step_up(self.platform.clock.now())?;
        let mut tx = self.platform.db.platform("staff resume").await?;
        changes::resume(&mut tx, account.0, staff.actor()).await?;
        self.changed(tx, account.0, access.0).await
    }

    /// Remove a member from SMP's team
    ///
    /// Takes all roles from the account and ends all its sessions, at once and on every node. The
    /// account stays, and can shop. The former member is told by email. Written to the audit log.
    ///
    /// Refused with 403 `urn:smp:second_factor_needed` without a recent second factor, and with 409
    /// `urn:smp:last_admin` when nobody else is an admin.
    #[oai(path = "/staff/members/:account", method = "delete", operation_id = "staff_remove")]
    async fn staff_remove(
        &self,
        staff: Staff,
        account: Path<AccountId>,
        access: Data<&Access>,
    ) -> Result<Empty> {
        let now = self.platform.clock.now();
        staff.require_step_up(now)?;
        let mut tx = self.platform.db.platform("staff remove").await?;
        changes::remove(&mut tx, account.0, staff.actor(), now).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, account.0).await;
        Ok(Empty::Done)
    }
}

impl StaffApi {
    /// Keeps a change of a member, which every node heeds at once, and answers with what they are now.
    async fn changed(
        &self,
        mut tx: Tx,
        account: AccountId,
        access: &Access,
    ) -> Result<Json<StaffMemberView>> {
        let member = staff::member(&mut tx, account).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, account).await;
        Ok(Json(member.into()))
    }
}

/// Whether the caller is signed in to the account of this address.
fn is_of(anyone: &Anyone, email: &str) -> bool {
    anyone.0.as_ref().is_some_and(|session| session.account.email == email)
}
