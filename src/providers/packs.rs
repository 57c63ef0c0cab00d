//! Tenant packs.
use crate::platform::Platform;
use std::path::Path;
/// Applies packs.
pub async fn apply(_platform: &Platform, _dir: &Path) -> anyhow::Result<Vec<String>> {
    Ok(vec![])
}
