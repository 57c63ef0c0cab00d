//! Ids: UUIDv7 in a newtype each, so that a sale's id cannot be passed where an item's is expected.

use poem_openapi::NewType;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            NewType, Serialize, Deserialize, sqlx::Type,
        )]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new time-ordered id.
            #[expect(clippy::new_without_default, reason = "every call makes another id")]
            pub fn new() -> Self { Self(Uuid::now_v7()) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> { s.parse().map(Self) }
        }
    )*};
}

ids!(
    /// A provider: `tenant_id` everywhere.
    TenantId,
    AccountId,
    SessionId,
    InvitationId,
    ApiKeyId,
    PasskeyId,
    ContractTemplateId,
    ContractId,
    AssetId,
    OfferId,
    ItemId,
    SaleId,
    SaleItemId,
    RevisionId,
    AccessPointId,
    HoldId,
    WaitlistId,
    RehearsalId,
    OrderId,
    CheckoutId,
    ParcelId,
    LineId,
    RedemptionId,
    PaymentId,
    RefundId,
    InvoiceId,
    DisputeId,
    CommissionRuleId,
    LedgerDifferenceId,
    StatementId,
    BankFileId,
    ShipmentId,
    ClickOutId,
    ConversionId,
    ReportId,
    ConversationId,
    FeedbackId,
    MessageId,
    VisitId,
    VisitorId,
    VoucherId,
    LeadId,
);

impl TenantId {
    /// SMP itself, where a row needs a tenant and no provider is concerned.
    pub const PLATFORM: Self = Self(Uuid::nil());
}

/// The lowest id (UUID version 7) of a time: older ones are below it.
pub fn lowest_at(at: OffsetDateTime) -> Uuid {
    let millis = u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

/// An id below all that are made after this one, even on a node whose clock is up to a day behind. Nil
/// for an id that tells no time.
pub fn lowest_after(id: Uuid) -> Uuid {
    const MARGIN: Duration = Duration::days(1);
    let made_at = id.get_timestamp().and_then(|at| {
        OffsetDateTime::from_unix_timestamp(i64::try_from(at.to_unix().0).ok()?).ok()
    });
    made_at.map_or(Uuid::nil(), |at| lowest_at(at - MARGIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_are_higher() {
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        let id = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_800_000_000, 0));
        assert!(lowest_at(now) <= id && id < lowest_at(now + Duration::milliseconds(1)));
        assert_eq!(lowest_at(OffsetDateTime::UNIX_EPOCH - Duration::days(1)), Uuid::nil());
        assert_eq!(lowest_after(id), lowest_at(now - Duration::days(1)));
        assert_eq!(lowest_after(Uuid::nil()), Uuid::nil());
    }
}
