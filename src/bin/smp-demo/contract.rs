//! The contract of the demo world: SMP publishes the draft that it begins with, and each provider's
//! owner and SMP's manager sign it.

use anyhow::Context;
use serde_json::{Value, json};

use crate::person::Person;

/// The manager publishes the draft that every installation begins with.
pub async fn publish(manager: &Person) -> anyhow::Result<()> {
    let templates = manager.get("/api/v1/contract-templates").await?;
    let draft = id(&templates["items"][0])?;
    manager.post(&format!("/api/v1/contract-templates/{draft}/publication"), &json!({})).await?;
    Ok(())
}

/// The owner of the provider at `path` signs the contract it is offered, then the manager. `names` are
/// theirs, in this order.
pub async fn sign(
    owner: &Person,
    manager: &Person,
    path: &str,
    names: [&str; 2],
) -> anyhow::Result<()> {
    let offered = owner.get(&format!("{path}/contracts")).await?;
    let path = format!("{path}/contracts/{}", id(&offered["items"][0])?);
    let contract = owner.get(&path).await?;
    let signature = json!({"name": names[0], "document_hash": contract["document_hash"]});
    owner.post(&format!("{path}/signature"), &signature).await?;
    manager.post(&format!("{path}/countersignature"), &json!({"name": names[1]})).await?;
    Ok(())
}

fn id(value: &Value) -> anyhow::Result<&str> {
    value["id"].as_str().context("there is none")
}
