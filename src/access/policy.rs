//! The policy in `policy.csv`, roles × operations, enforced by casbin.

use std::collections::BTreeSet;

use anyhow::Context;
use casbin::{CachedEnforcer, CoreApi, DefaultModel, StringAdapter};

/// The text of the policy, compiled in.
pub const TEXT: &str = include_str!("policy.csv");
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

    /// Whether a scope of an API key covers an operation. Scopes have the names of permissions.
    pub fn allows_scope(&self, scope: &str, operation: &str) -> bool {
        scope == "postbacks" && self.allows("api_key", operation)
    }

    /// The permission that an operation asks for.
    pub fn permission_of(operation: &str) -> Option<&'static str> {
        let mut lines = TEXT.lines().filter_map(|line| line.strip_prefix("g2, ")?.split_once(", "));
        lines.find(|(name, _)| *name == operation).map(|(_, permission)| permission.trim())
    }

    /// Every operation that the policy names.
    pub fn operations() -> BTreeSet<&'static str> {
        TEXT.lines().filter_map(|line| line.strip_prefix("g2, ")?.split(", ").next()).collect()
    }
}
