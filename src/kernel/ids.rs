//! Ids: UUIDv7 in a newtype each, so that a sale's id cannot be passed where an item's is expected.

use poem_openapi::NewType;
use serde::{Deserialize, Serialize};
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
    ParcelId,
    LineId,
    PaymentId,
    RefundId,
    ShipmentId,
    ClickOutId,
    ConversionId,
    ConversationId,
    FeedbackId,
    MessageId,
    VisitId,
    VisitorId,
    VoucherId,
);

impl TenantId {
    /// SMP itself, where a row needs a tenant and no provider is concerned.
    pub const PLATFORM: Self = Self(Uuid::nil());
}
