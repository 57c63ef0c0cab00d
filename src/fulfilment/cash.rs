//! Cash on delivery, as the provider who delivers notes it.

use super::parcel::{ParcelView, parcel_view};
use crate::{
    access::Actor,
    kernel::{ParcelId, Result, TenantId},
    orders,
    payments::CashOutcome,
    platform::Platform,
};

/// Notes whether the cash for a parcel was collected, or the parcel refused.
pub async fn note_cash(
    platform: &Platform,
    tenant: TenantId,
    by: Actor,
    parcel: ParcelId,
    outcome: CashOutcome,
) -> Result<ParcelView> {
    orders::note_cash(platform, tenant, by, parcel, outcome).await?;
    parcel_view(platform, tenant, parcel).await
}
