//! stub
use std::{path::Path, time::Duration};
#[derive(Clone)]
pub struct Objects;
pub struct ObjectsConfig {
    pub endpoint: Option<String>,
    pub public_endpoint: Option<String>,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}
pub struct PresignedUpload {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub expires_in_seconds: u32,
}
pub struct Object {
    pub content_type: String,
    pub bytes: Vec<u8>,
}
impl Objects {
    pub fn connect(_c: &ObjectsConfig, _e: &str, _p: &str) -> Self {
        Self
    }
    pub async fn ensure_bucket(&self) -> anyhow::Result<()> {
        Ok(())
    }
    pub async fn presign_put(&self, _key: &str, _content_type: &str, _size_bytes: i64, _expires_in: Duration) -> anyhow::Result<PresignedUpload> {
        anyhow::bail!("stub")
    }
    pub async fn put(&self, _key: &str, _content_type: &str, _bytes: Vec<u8>) -> anyhow::Result<()> {
        Ok(())
    }
    pub async fn get(&self, _key: &str) -> anyhow::Result<Option<Object>> {
        Ok(None)
    }
    pub async fn head(&self, _key: &str) -> anyhow::Result<Option<i64>> {
        Ok(None)
    }
    pub async fn delete(&self, _key: &str) -> anyhow::Result<()> {
        Ok(())
    }
}
pub fn embedded_endpoint(_d: &Path, _b: &str, _a: &str, _s: &str) -> anyhow::Result<impl poem::Endpoint + 'static> {
    Ok(poem::Route::new())
}
