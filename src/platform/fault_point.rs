//! Steps between which tests end the process, as a crash would.

/// A step of a payment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumString, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case")]
pub enum FaultPoint {
    /// An attempt is recorded; its gateway was not called.
    AttemptRecorded,
    /// The gateway answered the call that begins a payment; the answer was not applied.
    GatewayAnswered,
    /// A notice is recorded; what it is about was not looked up.
    NoticeRecorded,
    /// What a notice is about was applied; the notice is not marked as handled.
    NoticeApplied,
    /// A gateway says that it took the money, or that the code was right; nothing of it is written.
    OutcomeKnown,
    /// A payment settled its order, in a transaction that is not committed.
    OrderSettled,
    /// The order is confirmed; nobody was told.
    OrderConfirmed,
    /// The gateway answered a refund; the answer was not applied.
    RefundAnswered,
}
