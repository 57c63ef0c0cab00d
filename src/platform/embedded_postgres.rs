//! stub
use std::path::Path;
pub struct EmbeddedPostgres;
impl EmbeddedPostgres {
    pub async fn start(_data: &Path) -> anyhow::Result<Self> {
        anyhow::bail!("stub")
    }
    pub fn url(&self, _user: &str, _database: &str) -> String {
        String::new()
    }
    pub async fn ensure_database(&self, _name: &str) -> anyhow::Result<()> {
        Ok(())
    }
    pub async fn stop(self) -> anyhow::Result<()> {
        Ok(())
    }
}
