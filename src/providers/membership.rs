//! What an owner changes of a member: roles, suspension, removal.

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};
use serde_json::{Value, json};

use crate::{
    access::{
        Access, Empty, Member, Tag, audit, members::MemberRole, remove_member, resume_member,
        set_member_roles, suspend_member,
    },
    events,
    kernel::{AccountId, FieldError, Input, Result, TenantId},
    platform::{Platform, Tx},
};

pub struct MembershipApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct MemberRolesInput {
    /// All that the member has at the provider from now on; at least one.
    roles: Vec<MemberRole>,
}

/// What a member may do at the provider now.
#[derive(Object)]
struct MemberStanding {
    account_id: AccountId,
    roles: Vec<MemberRole>,
    /// `active` or `suspended`
    state: String,
}

impl MemberStanding {
    fn new(account_id: AccountId, roles: Vec<MemberRole>, state: &str) -> Self {
        Self { account_id, roles, state: state.to_owned() }
    }
}

#[OpenApi(tag = "Tag::Providers")]
impl MembershipApi {
    /// Set the roles of a member
    ///
    /// From now on the member has these roles at the provider and no others, at once, also in sessions
    /// that are open. The API keys that somebody made who is no owner any more are revoked. Written to
    /// the audit log.
    ///
    /// Refused with 403 `urn:smp:second_factor_needed` without a recent second factor, and with 409:
    /// `urn:smp:last_owner` when nobody else is an owner, `urn:smp:suspended` when the member is.
    #[oai(
        path = "/providers/:tenant/members/:account/roles",
        method = "put",
        operation_id = "member_roles_set"
    )]
    async fn member_roles_set(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        account: Path<AccountId>,
        body: Input<MemberRolesInput>,
        access: Data<&Access>,
    ) -> Result<Json<MemberStanding>> {
        let now = self.platform.clock.now();
        let mut roles: Vec<MemberRole> = vec![];
        for role in &body.roles {
            if !roles.contains(role) {
                roles.push(*role);
            }
        }
        if roles.is_empty() {
            return Err(FieldError::new("roles", "Choose at least one role").into());
        }
        member.require_step_up(now)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (of, by) = (member.tenant, member.account());
        let before = set_member_roles(&mut tx, of, account.0, &roles, by, now).await?;
        let standing = MemberStanding::new(account.0, roles, "active");
        let details = json!({"change": "roles", "roles_before": names(&before)});
        self.changed(tx, access.0, &member, "member_roles_set", standing, details).await
    }

    /// Suspend a member
    ///
    /// Takes the member's roles at the provider away until they are resumed, at once, also in sessions
    /// that are open; API keys that they made are refused meanwhile. Written to the audit log.
    ///
    /// Refused with 403 `urn:smp:second_factor_needed` without a recent second factor, and with 409:
    /// `urn:smp:last_owner` when nobody else is an owner, `urn:smp:suspended` when they are already.
    #[oai(
        path = "/providers/:tenant/members/:account/suspend",
        method = "post",
        operation_id = "member_suspend"
    )]
    async fn member_suspend(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        account: Path<AccountId>,
        access: Data<&Access>,
    ) -> Result<Json<MemberStanding>> {
        member.require_step_up(self.platform.clock.now())?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let roles = suspend_member(&mut tx, member.tenant, account.0, member.account()).await?;
        let standing = MemberStanding::new(account.0, roles, "suspended");
        let details = json!({"change": "suspended"});
        self.changed(tx, access.0, &member, "member_suspend", standing, details).await
    }

    /// Let a suspended member work again
    ///
    /// In the roles they had; API keys that they made work again, too. Written to the audit log. A
    /// member who is not suspended is a 409 `urn:smp:not_suspended`; 403
    /// `urn:smp:second_factor_needed` asks for a recent second factor.
    #[oai(
        path = "/providers/:tenant/members/:account/resume",
        method = "post",
        operation_id = "member_resume"
    )]
    async fn member_resume(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        account: Path<AccountId>,
        access: Data<&Access>,
    ) -> Result<Json<MemberStanding>> {
        member.require_step_up(self.platform.clock.now())?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let roles = resume_member(&mut tx, member.tenant, account.0, member.account()).await?;
        let standing = MemberStanding::new(account.0, roles, "active");
        let details = json!({"change": "resumed"});
        self.changed(tx, access.0, &member, "member_resume", standing, details).await
    }

    /// Remove a role from a member, except from the last owner
    ///
    /// Takes one role from a member at once, also in sessions that are open. Other roles of the
    /// member stay. The API keys that a removed owner made are revoked. Written to the audit log.
    ///
    /// A member without the role is a 404. The last owner cannot be removed: 409
    /// `urn:smp:last_owner`. 403 `urn:smp:second_factor_needed` asks for a recent second factor.
    #[oai(
        path = "/providers/:tenant/members/:account/:role",
        method = "delete",
        operation_id = "member_remove"
    )]
    async fn member_remove(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        account: Path<AccountId>,
        role: Path<MemberRole>,
        access: Data<&Access>,
    ) -> Result<Empty> {
        let now = self.platform.clock.now();
        member.require_step_up(now)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (of, by) = (member.tenant, member.account());
        let keys_revoked = remove_member(&mut tx, of, account.0, role.0, by, now).await?;
        let details = json!({
            "account_id": account.0, "role": role.0.into_str(), "keys_revoked": keys_revoked,
        });
        events::publish(&mut tx, of, "member.removed", &details).await?;
        let subject = format!("member {}", account.0);
        audit::record(&mut tx, member.actor(), of, "member_remove", &subject, &details).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, account.0).await;
        Ok(Empty::Done)
    }
}

fn names(roles: &[MemberRole]) -> Vec<&'static str> {
    roles.iter().map(MemberRole::into_str).collect()
}

impl MembershipApi {
    /// Keeps a change of what a member may do: publishes it, writes it to the audit log, and has every
    /// node heed it at once.
    async fn changed(
        &self,
        mut tx: Tx,
        access: &Access,
        by: &Member,
        operation: &str,
        standing: MemberStanding,
        mut details: Value,
    ) -> Result<Json<MemberStanding>> {
        let account = standing.account_id;
        details["account_id"] = json!(account);
        details["roles"] = json!(names(&standing.roles));
        details["by"] = json!(by.account());
        events::publish(&mut tx, by.tenant, "member.changed", &details).await?;
        let subject = format!("member {account}");
        audit::record(&mut tx, by.actor(), by.tenant, operation, &subject, &details).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, account).await;
        Ok(Json(standing))
    }
}
