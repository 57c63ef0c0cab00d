//! The policy in `policy.csv`, roles × operations, enforced by casbin.

use std::collections::BTreeSet;

use anyhow::Context;
use casbin::{CachedEnforcer, CoreApi, DefaultModel, StringAdapter};

/// The text of the policy, compiled in.
pub const TEXT: &str = include_str!("policy.csv");
/// What the name of a scope begins with where it stands among the roles.
const SCOPE_PREFIX: &str = "scope:";
const MODEL: &str = include_str!("model.conf");

pub struct Policy {
    enforcer: CachedEnforcer,
}

impl Policy {
    pub async fn load() -> anyhow::Result<Self> {
        let lines: Vec<&str> =
            TEXT.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).collect();
        let model = DefaultModel::from_str(MODEL).await.context("src/access/model.conf")?;
        let enforcer = CachedEnforcer::new(model, StringAdapter::new(lines.join("\n")))
            .await
            .context("src/access/policy.csv")?;
        Ok(Self { enforcer })
    }

    /// Whether a role may call an operation. An unknown role may not.
    pub fn allows(&self, role: &str, operation: &str) -> bool {
        self.enforcer.enforce((role, operation)).unwrap_or(false)
    }

    /// Whether a scope of an API key covers an operation. The policy has scopes among the roles.
    pub fn allows_scope(&self, scope: &str, operation: &str) -> bool {
        self.allows(&format!("{SCOPE_PREFIX}{scope}"), operation)
    }

    /// The scopes that an API key can have. Each has the name of the permission that it gives.
    pub fn scopes() -> impl Iterator<Item = &'static str> {
        pairs("p, ").filter_map(|(role, _)| role.strip_prefix(SCOPE_PREFIX))
    }

    /// The scope that an API key needs for an operation; None when no key may call it.
    pub fn scope_of(operation: &str) -> Option<&'static str> {
        let permission = Self::permission_of(operation)?;
        Self::scopes().find(|scope| *scope == permission)
    }

    /// The permission that an operation asks for.
    pub fn permission_of(operation: &str) -> Option<&'static str> {
        pairs("g2, ").find(|(name, _)| *name == operation).map(|(_, permission)| permission)
    }

    /// The roles that may call an operation: those that hold its permission, and those that may do
    /// all that one of these may.
    pub fn roles_of(operation: &str) -> BTreeSet<&'static str> {
        let permission = Self::permission_of(operation);
        let mut roles: BTreeSet<_> = pairs("p, ")
            .filter(|(_, held)| Some(*held) == permission)
            .map(|(role, _)| role)
            .collect();
        loop {
            let above: Vec<_> = pairs("g, ")
                .filter(|(role, of)| roles.contains(of) && !roles.contains(role))
                .map(|(role, _)| role)
                .collect();
            if above.is_empty() {
                return roles;
            }
            roles.extend(above);
        }
    }

    /// Every operation that the policy names.
    pub fn operations() -> BTreeSet<&'static str> {
        pairs("g2, ").map(|(operation, _)| operation).collect()
    }
}

/// The two names of each line of the policy that begins with `kind`.
fn pairs(kind: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    TEXT.lines().filter_map(move |line| line.strip_prefix(kind)?.trim().split_once(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_roles_of_an_operation_are_those_that_may_call_it() {
        let policy = Policy::load().await.unwrap();
        let names: BTreeSet<_> = pairs("p, ").chain(pairs("g, ")).map(|(role, _)| role).collect();
        for operation in Policy::operations() {
            let allowed: BTreeSet<_> =
                names.iter().copied().filter(|role| policy.allows(role, operation)).collect();
            assert_eq!(Policy::roles_of(operation), allowed, "{operation}");
        }
    }

    #[tokio::test]
    async fn each_scope_has_the_name_of_its_permission_and_allows_something() {
        let policy = Policy::load().await.unwrap();
        for scope in Policy::scopes() {
            let allowed: Vec<_> = Policy::operations()
                .into_iter()
                .filter(|operation| policy.allows_scope(scope, operation))
                .collect();
            assert!(!allowed.is_empty(), "{scope}");
            for operation in allowed {
                assert_eq!(Policy::scope_of(operation), Some(scope));
            }
        }
        assert_eq!(Policy::scope_of("sale_update"), None);
    }
}
