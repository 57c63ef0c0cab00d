//! Every address SMP links to, as a type: a link that leads nowhere does not compile, and
//! `tests/it/urls.rs` checks each variant against the routes that exist.
//!
//! A path is written by `Display`; [`Platform::public_url`](super::Platform::public_url) and
//! [`Platform::portal_url`](super::Platform::portal_url) make it absolute.

use std::fmt;

use crate::kernel::{
    ContractId, ConversationId, DisputeId, MessageId, ParcelId, PaymentId, RevisionId, SaleId,
    StatementId, TenantId,
};

/// The path of the API.
pub const API_PREFIX: &str = "/api/v1";

/// A page of the portal. `portal/routes.json` lists the portal's own route patterns.
#[derive(Debug, Clone, Copy, strum::EnumDiscriminants)]
#[strum_discriminants(name(PortalPathKind), derive(strum::EnumIter, Hash))]
pub enum PortalPath<'a> {
    Home,
    Invitation {
        token: &'a str,
    },
    /// An invitation to SMP's own team.
    StaffInvitation {
        token: &'a str,
    },
    /// A sale, for its provider's team.
    ProviderSale {
        provider_slug: &'a str,
        sale: SaleId,
    },
    /// A revision of a sale, for its provider's team.
    ProviderRevision {
        provider_slug: &'a str,
        sale: SaleId,
        revision: RevisionId,
    },
    /// Where a provider's team begins.
    Provider {
        provider_slug: &'a str,
    },
    /// A provider's application.
    ProviderApplication {
        provider_slug: &'a str,
    },
    /// A contract, for its provider's owner.
    ProviderContract {
        provider_slug: &'a str,
        contract: ContractId,
    },
    /// A provider's payouts.
    ProviderPayouts {
        provider_slug: &'a str,
    },
    /// A statement, for its provider's owner.
    ProviderStatement {
        provider_slug: &'a str,
        statement: StatementId,
    },
    /// A provider's API keys.
    ProviderApiKeys {
        provider_slug: &'a str,
    },
    /// A parcel, for its provider's team.
    ProviderParcel {
        provider_slug: &'a str,
        parcel: ParcelId,
    },
    /// A provider, for SMP's team.
    StaffProvider {
        tenant: TenantId,
    },
    /// A provider's contract, for SMP's team.
    StaffContract {
        tenant: TenantId,
        contract: ContractId,
    },
    /// An order, for SMP's team.
    StaffOrder {
        number: &'a str,
    },
    /// The refunds that failed, for finance.
    FailedRefunds,
    /// A dispute of a payment, for SMP's team.
    StaffDispute {
        dispute: DisputeId,
    },
    /// What differs from the ledger, for SMP's team.
    StaffReconciliation,
    /// A provider's statement, for SMP's team.
    StaffStatement {
        tenant: TenantId,
        statement: StatementId,
    },
    /// A conversation, for SMP's team.
    StaffConversation {
        conversation: ConversationId,
    },
    /// A sale, for SMP's team.
    StaffSale {
        tenant: TenantId,
        sale: SaleId,
    },
    /// The review of a revision, for SMP's team.
    StaffReview {
        tenant: TenantId,
        sale: SaleId,
        revision: RevisionId,
    },
}

/// A hosted page, a file or an endpoint that people and programs reach by a link.
#[derive(Debug, Clone, Copy, strum::EnumDiscriminants)]
#[strum_discriminants(name(PublicPathKind), derive(strum::EnumIter, Hash))]
pub enum PublicPath<'a> {
    Home,
    Sale {
        slug: &'a str,
    },
    /// The start of a sale as a calendar file.
    StartCalendar {
        slug: &'a str,
    },
    /// The form of feedback on a sale, after an order of it.
    Feedback {
        slug: &'a str,
        order_number: &'a str,
    },
    /// A tracked link to a sale.
    AccessPoint {
        code: &'a str,
    },
    /// A tracked landing page of a sale.
    LandingPage {
        code: &'a str,
    },
    /// A revision as its page will look.
    Preview {
        tenant: TenantId,
        revision: RevisionId,
    },
    Cart,
    /// A shopper's account.
    Account,
    /// Which messages an account wants.
    AccountMessages,
    /// An account's data: exports and erasure.
    AccountPrivacy,
    /// Confirms that an account is erased.
    ConfirmErasure {
        token: &'a str,
    },
    /// Where a sign-in provider sends the browser back to.
    SignInReturn {
        provider: &'a str,
    },
    /// Its password, address, sessions and factors.
    AccountSecurity,
    SignIn,
    /// Where a link for a forgotten password is asked for.
    ForgottenPassword,
    /// Sets a password.
    ResetPassword {
        token: &'a str,
    },
    /// Confirms an address.
    VerifyEmail {
        token: &'a str,
    },
    /// Gives an account another address.
    ConfirmAddress {
        token: &'a str,
    },
    /// Gives an account its old address back.
    UndoAddress {
        token: &'a str,
    },
    /// The mobile number of an account.
    Phone,
    Help,
    Privacy,
    Terms,
    Imprint,
    /// A provider as the seller, with its legal notice and terms.
    Seller {
        provider_slug: &'a str,
    },
    /// Where an order, or the rest of it, is paid.
    Payment {
        order_number: &'a str,
    },
    /// A payment that is under way.
    PaymentStep {
        order_number: &'a str,
        payment: PaymentId,
    },
    /// Where a gateway sends the shopper back to.
    PaymentReturn {
        gateway: &'a str,
        payment: PaymentId,
    },
    /// The made-up bank of the sandbox.
    SandboxBank {
        payment: PaymentId,
    },
    Order {
        number: &'a str,
    },
    /// A parcel on its order's page.
    OrderParcel {
        number: &'a str,
        parcel: ParcelId,
    },
    Tracking {
        order_number: &'a str,
    },
    /// An invoice or a credit note of an order, to print.
    Invoice {
        order_number: &'a str,
        invoice_number: &'a str,
    },
    Conversation {
        conversation: ConversationId,
    },
    /// Where emails of a kind are switched off without signing in.
    Unsubscribe {
        token: &'a str,
    },
    /// A rendition of a picture.
    Media {
        object_key: &'a str,
    },
    /// Messages that are kept instead of sent.
    Outbox,
    OutboxMessage {
        message: MessageId,
    },
    /// Where the SMS service tells what became of an SMS.
    SmsStatus {
        tenant: TenantId,
        message: MessageId,
    },
    /// Where it tells what people answer.
    SmsInbound,
    /// The API's operation `hold_create`.
    HoldCreate {
        slug: &'a str,
    },
    /// The API's documentation.
    Docs,
    Health,
    /// The path and query of the request that is being answered.
    Requested {
        path: &'a str,
    },
}

impl fmt::Display for PortalPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("/portal")?;
        match self {
            Self::Home => f.write_str("/"),
            Self::Invitation { token } => write!(f, "/invitations/{token}"),
            Self::StaffInvitation { token } => write!(f, "/staff-invitations/{token}"),
            Self::ProviderSale { provider_slug, sale } => {
                write!(f, "/p/{provider_slug}/sales/{sale}")
            }
            Self::ProviderRevision { provider_slug, sale, revision } => {
                write!(f, "/p/{provider_slug}/sales/{sale}/revisions/{revision}")
            }
            Self::ProviderParcel { provider_slug, parcel } => {
                write!(f, "/p/{provider_slug}/parcels/{parcel}")
            }
            Self::Provider { provider_slug } => write!(f, "/p/{provider_slug}"),
            Self::ProviderApplication { provider_slug } => {
                write!(f, "/p/{provider_slug}/application")
            }
            Self::ProviderContract { provider_slug, contract } => {
                write!(f, "/p/{provider_slug}/contracts/{contract}")
            }
            Self::StaffContract { tenant, contract } => {
                write!(f, "/smp/contracts/{tenant}/{contract}")
            }
            Self::ProviderPayouts { provider_slug } => write!(f, "/p/{provider_slug}/payouts"),
            Self::ProviderStatement { provider_slug, statement } => {
                write!(f, "/p/{provider_slug}/payouts/{statement}")
            }
            Self::ProviderApiKeys { provider_slug } => write!(f, "/p/{provider_slug}/api-keys"),
            Self::StaffProvider { tenant } => write!(f, "/smp/providers/{tenant}"),
            Self::FailedRefunds => f.write_str("/smp/failed-refunds"),
            Self::StaffDispute { dispute } => write!(f, "/smp/disputes/{dispute}"),
            Self::StaffReconciliation => f.write_str("/smp/reconciliation"),
            Self::StaffStatement { tenant, statement } => {
                write!(f, "/smp/statements/{tenant}/{statement}")
            }
            Self::StaffOrder { number } => write!(f, "/smp/orders/{number}"),
            Self::StaffConversation { conversation } => {
                write!(f, "/smp/conversations/{conversation}")
            }
            Self::StaffSale { tenant, sale } => write!(f, "/smp/sales/{tenant}/{sale}"),
            Self::StaffReview { tenant, sale, revision } => {
                write!(f, "/smp/reviews/{tenant}/{sale}/{revision}")
            }
        }
    }
}

impl fmt::Display for PublicPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home => f.write_str("/"),
            Self::Sale { slug } => write!(f, "/sales/{slug}"),
            Self::StartCalendar { slug } => write!(f, "/sales/{slug}/start.ics"),
            Self::Feedback { slug, order_number } => {
                write!(f, "/sales/{slug}/feedback?order={order_number}")
            }
            Self::AccessPoint { code } => write!(f, "/a/{code}"),
            Self::LandingPage { code } => write!(f, "/l/{code}"),
            Self::Preview { tenant, revision } => write!(f, "/preview/{tenant}/{revision}"),
            Self::Cart => f.write_str("/cart"),
            Self::Account => f.write_str("/account"),
            Self::AccountMessages => f.write_str("/account/messages"),
            Self::AccountPrivacy => f.write_str("/account/privacy"),
            Self::ConfirmErasure { token } => write!(f, "/account/privacy/erasure/{token}"),
            Self::SignInReturn { provider } => write!(f, "/sign-in/with/{provider}/return"),
            Self::AccountSecurity => f.write_str("/account/security"),
            Self::SignIn => f.write_str("/sign-in"),
            Self::ForgottenPassword => f.write_str("/forgot"),
            Self::ResetPassword { token } => write!(f, "/reset/{token}"),
            Self::VerifyEmail { token } => write!(f, "/verify/{token}"),
            Self::ConfirmAddress { token } => write!(f, "/account/address/{token}"),
            Self::UndoAddress { token } => write!(f, "/account/address/undo/{token}"),
            Self::Phone => f.write_str("/account/phone"),
            Self::Help => f.write_str("/help"),
            Self::Privacy => f.write_str("/privacy"),
            Self::Terms => f.write_str("/terms"),
            Self::Imprint => f.write_str("/imprint"),
            Self::Seller { provider_slug } => write!(f, "/sellers/{provider_slug}"),
            Self::Payment { order_number } => write!(f, "/checkout/{order_number}/payment"),
            Self::PaymentStep { order_number, payment } => {
                write!(f, "/checkout/{order_number}/payments/{payment}")
            }
            Self::PaymentReturn { gateway, payment } => {
                write!(f, "/payments/return/{gateway}/{payment}")
            }
            Self::SandboxBank { payment } => write!(f, "/sandbox/bank/{payment}"),
            Self::Order { number } => write!(f, "/orders/{number}"),
            Self::OrderParcel { number, parcel } => {
                write!(f, "/orders/{number}#parcel-{parcel}")
            }
            Self::Tracking { order_number } => write!(f, "/orders/{order_number}/tracking"),
            Self::Invoice { order_number, invoice_number } => {
                write!(f, "/orders/{order_number}/invoices/{invoice_number}")
            }
            Self::Conversation { conversation } => write!(f, "/conversations/{conversation}"),
            Self::Unsubscribe { token } => write!(f, "/unsubscribe/{token}"),
            Self::Media { object_key } => write!(f, "/media/{object_key}"),
            Self::Outbox => f.write_str("/dev/outbox"),
            Self::OutboxMessage { message } => write!(f, "/dev/outbox/{message}"),
            Self::SmsStatus { tenant, message } => {
                write!(f, "/webhooks/sms/status/{tenant}/{message}")
            }
            Self::SmsInbound => f.write_str("/webhooks/sms/inbound"),
            Self::HoldCreate { slug } => write!(f, "{API_PREFIX}/sales/{slug}/holds"),
            Self::Docs => f.write_str("/docs"),
            Self::Health => f.write_str("/healthz"),
            Self::Requested { path } => f.write_str(path),
        }
    }
}
