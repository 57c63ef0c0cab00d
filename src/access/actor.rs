//! Who did something: for the audit log, and wherever a row says who wrote it.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::{accounts, api_keys};
use crate::kernel::{AccountId, ApiKeyId, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    Account(AccountId),
    ApiKey(ApiKeyId),
    System,
}

impl Actor {
    /// As it is stored: its kind, and the id of the account or key.
    pub fn stored(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Account(id) => ("account", Some(id.0)),
            Self::ApiKey(id) => ("api_key", Some(id.0)),
            Self::System => ("system", None),
        }
    }

    /// Reads what [`Self::stored`] wrote.
    pub fn of(kind: &str, id: Option<Uuid>) -> Self {
        match (kind, id) {
            ("account", Some(id)) => Self::Account(AccountId(id)),
            ("api_key", Some(id)) => Self::ApiKey(ApiKeyId(id)),
            _ => Self::System,
        }
    }
}

/// What people call these actors: a person's name, “API key “Warehouse””, or “SMP” for the system.
pub async fn names(conn: &mut PgConnection, actors: &[Actor]) -> Result<HashMap<Actor, String>> {
    let mut people = vec![];
    let mut keys = vec![];
    for actor in actors {
        match actor {
            Actor::Account(id) => people.push(*id),
            Actor::ApiKey(id) => keys.push(*id),
            Actor::System => {}
        }
    }
    let people = accounts::names(conn, &people).await?;
    let keys = api_keys::names(conn, &keys).await?;
    let people = people.into_iter().map(|(id, name)| (Actor::Account(id), name));
    let keys = keys.into_iter().map(|(id, name)| (Actor::ApiKey(id), key_in_words(&name)));
    let system = std::iter::once((Actor::System, "SMP".to_owned()));
    Ok(people.chain(keys).chain(system).collect())
}

/// An API key among people, as lists show it.
pub fn key_in_words(name: &str) -> String {
    format!("API key “{name}”")
}
