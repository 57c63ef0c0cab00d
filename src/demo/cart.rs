//! stub
pub struct CartConfig {
    pub port: u16,
    pub smp_url: String,
    pub api_key: String,
    pub shop_name: String,
}
pub async fn run(_config: CartConfig) -> anyhow::Result<()> {
    Ok(())
}
