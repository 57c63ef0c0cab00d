//! What a provider may do in its state.

use sqlx::PgConnection;

use super::{
    provider::{Provider, ProviderState},
    store::get,
};
use crate::kernel::{Error, Result, TenantId};

/// Fails unless the provider may sell.
pub async fn require_approved(conn: &mut PgConnection, tenant: TenantId) -> Result<()> {
    match get(conn, tenant).await?.state {
        ProviderState::Approved => Ok(()),
        ProviderState::Suspended => Err(Error::conflict(
            "provider_suspended",
            "This provider is suspended. Ask SMP to reinstate it.",
        )),
        _ => Err(Error::conflict(
            "provider_not_approved",
            "SMP has not approved this provider yet. Finish the application first.",
        )),
    }
}

/// The provider, unless it was rejected. Any other may prepare its sales.
pub async fn require_open(conn: &mut PgConnection, tenant: TenantId) -> Result<Provider> {
    let provider = get(conn, tenant).await?;
    if provider.state == ProviderState::Rejected {
        return Err(Error::conflict(
            "provider_rejected",
            "SMP did not accept this provider, so nothing can be changed.",
        ));
    }
    Ok(provider)
}
