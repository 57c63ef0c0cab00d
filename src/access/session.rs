//! Who is signed in, with their roles, as each node keeps it in memory.

use time::OffsetDateTime;

use super::accounts::Account;
use crate::kernel::{SessionId, TenantId};

/// A signed-in account with its roles.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub account: Account,
    pub expires_at: OffsetDateTime,
    pub roles: Vec<Role>,
    /// Whether it belongs to a simulated shopper of a rehearsal.
    pub is_rehearsal: bool,
    /// Whether the account has proved its address: without that nothing is paid.
    pub is_verified: bool,
    /// Whether the account has a second factor.
    pub has_factor: bool,
    /// When this session last proved it.
    pub factor_at: Option<OffsetDateTime>,
    /// When the grace without one ends, once it began because of a role.
    pub factor_due_at: Option<OffsetDateTime>,
    /// The language that the account chose, like `de`.
    pub locale: Option<String>,
}

impl Session {
    /// Whether a role of the account needs a second factor: SMP's own, and owners of providers.
    pub fn needs_factor(&self) -> bool {
        self.roles.iter().any(Role::needs_factor)
    }

    /// The memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let role_bytes = |role: &Role| {
            let tenant = role.tenant.as_ref();
            let texts = tenant.map_or(0, |of| of.slug.len() + of.name.len() + of.state.len());
            size_of::<Role>() + role.name.len() + texts
        };
        let roles: usize = self.roles.iter().map(role_bytes).sum();
        size_of::<Self>() + self.account.email.len() + self.account.name.len() + roles
    }
}

/// A role of an account: in a tenant, or without one in SMP's team.
#[derive(Debug, Clone)]
pub struct Role {
    pub name: String,
    pub tenant: Option<RoleTenant>,
}

impl Role {
    pub(super) fn needs_factor(&self) -> bool {
        self.tenant.is_none() || self.name == "owner"
    }
}

#[derive(Debug, Clone)]
pub struct RoleTenant {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub state: String,
}
