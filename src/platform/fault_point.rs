//! Steps between which tests end the process, as a crash would.

/// A step of a payment, of a refund or of a payout.
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
    /// A payment settled its order, or the rest of it, in a transaction that is not committed. The order is confirmed and the
    /// ledger posts it in this one transaction, so there is no point between.
    OrderSettled,
    /// The order is confirmed and in the ledger; nobody was told.
    OrderConfirmed,
    /// A refund is recorded; its gateway was not asked.
    RefundRecorded,
    /// The gateway answered a refund; the answer was not applied.
    RefundAnswered,
    /// A refund, what follows from it and its posting are written, in a transaction that is not committed.
    RefundBooked,
    /// The refund is done and in the ledger; nobody was told.
    RefundSettled,
    /// A statement is approved; the request was not answered.
    StatementApproved,
    /// A statement is claimed for a transfer; the gateway was not asked.
    TransferClaimed,
    /// The gateway answered a transfer; the answer was not applied.
    TransferAnswered,
    /// A statement is sent and its posting written, in a transaction that is not committed.
    TransferBooked,
    /// The statement is sent and in the ledger; nobody was told.
    TransferSent,
    /// A bank file is written, in a transaction that is not committed. Its statements are sent and the ledger
    /// posts them in this one transaction, so there is no point between.
    BankFileWritten,
    /// The bank file is made; nobody was told.
    BankFileMade,
    /// It is noted that a statement's money arrived; the request was not answered.
    StatementPaid,
    /// It is recorded that a transfer is to be taken back; the gateway was not asked.
    ReversalRecorded,
    /// The gateway answered the reversal of a transfer; the answer was not applied.
    ReversalAnswered,
    /// A statement failed and its posting is written, in a transaction that is not committed.
    ReversalBooked,
    /// The statement failed and is owed again in the ledger; nobody was told.
    StatementFailed,
}
