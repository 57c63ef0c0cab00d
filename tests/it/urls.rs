//! Every address that SMP links to leads somewhere.

use std::collections::HashSet;

use reqwest::Method;
use smp::{
    kernel::{
        ContractId, ConversationId, DisputeId, MessageId, ParcelId, PaymentId, RevisionId, SaleId,
        StatementId, TenantId,
    },
    platform::{
        PortalPath, PublicPath,
        urls::{PortalPathKind, PublicPathKind},
    },
};
use strum::IntoEnumIterator;

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_no_text_is_refused() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let (owner, manager) = (app.member(tenant, "owner").await, app.staff("manager").await);
    let own = format!("/api/v1/providers/{tenant}");
    for path in [
        "/sales/%00",
        "/sales/x?item=%00",
        "/a/%FF",
        "/p/%00",
        "/orders/%00",
        "/media/%00",
        "/portal/%00",
        "/no/%C3%28",
        "/api/v1/sales/%00",
        "/api/v1/sales?q=%00",
        &format!("{own}/assets?q=%00"),
        &format!("{own}/offers?cursor=%FF"),
        &format!("{own}/sales/%00"),
        &format!("{own}/conversions?cursor=%00"),
    ] {
        for client in [&app.anonymous(), &owner, &manager] {
            let status = client.get(path).await.status.as_u16();
            assert!([400, 404].contains(&status), "{path} answered {status}");
        }
    }
    // A NUL in a body is no fault of ours, either.
    let session = serde_json::json!({"email": "a\0@b.example", "password": "open-at-noon"});
    let status = app.anonymous().post("/api/v1/session", &session).await.status;
    assert!(status.is_client_error(), "{status}");
}

/// One address of each kind.
fn portal_paths() -> Vec<PortalPath<'static>> {
    let (tenant, sale, revision) = (TenantId::new(), SaleId::new(), RevisionId::new());
    let (provider_slug, parcel) = ("larkmoor", ParcelId::new());
    let paths = vec![
        PortalPath::Home,
        PortalPath::Invitation { token: "token" },
        PortalPath::StaffInvitation { token: "token" },
        PortalPath::ProviderSale { provider_slug, sale },
        PortalPath::ProviderRevision { provider_slug, sale, revision },
        PortalPath::ProviderParcel { provider_slug, parcel },
        PortalPath::Provider { provider_slug },
        PortalPath::ProviderApplication { provider_slug },
        PortalPath::ProviderContract { provider_slug, contract: ContractId::new() },
        PortalPath::ProviderPayouts { provider_slug },
        PortalPath::FailedRefunds,
        PortalPath::ProviderStatement { provider_slug, statement: StatementId::new() },
        PortalPath::StaffStatement { tenant, statement: StatementId::new() },
        PortalPath::StaffDispute { dispute: DisputeId::new() },
        PortalPath::StaffReconciliation,
        PortalPath::StaffContract { tenant, contract: ContractId::new() },
        PortalPath::ProviderApiKeys { provider_slug },
        PortalPath::StaffProvider { tenant },
        PortalPath::StaffOrder { number: "SMP-1" },
        PortalPath::StaffConversation { conversation: ConversationId::new() },
        PortalPath::StaffSale { tenant, sale },
        PortalPath::StaffReview { tenant, sale, revision },
    ];
    let kinds: HashSet<_> = paths.iter().map(PortalPathKind::from).collect();
    assert!(PortalPathKind::iter().all(|kind| kinds.contains(&kind)), "a kind is missing here");
    paths
}

/// One address of each kind.
fn public_paths() -> Vec<PublicPath<'static>> {
    let (slug, code, number) = ("stoneware", "abc", "SMP-1");
    let paths = vec![
        PublicPath::Home,
        PublicPath::Sale { slug },
        PublicPath::StartCalendar { slug },
        PublicPath::Feedback { slug, order_number: number },
        PublicPath::AccessPoint { code },
        PublicPath::LandingPage { code },
        PublicPath::Preview { tenant: TenantId::new(), revision: RevisionId::new() },
        PublicPath::Cart,
        PublicPath::Account,
        PublicPath::SignInReturn { provider: "google" },
        PublicPath::AccountSecurity,
        PublicPath::SignIn,
        PublicPath::ForgottenPassword,
        PublicPath::ResetPassword { token: "token" },
        PublicPath::VerifyEmail { token: "token" },
        PublicPath::ConfirmAddress { token: "token" },
        PublicPath::UndoAddress { token: "token" },
        PublicPath::Phone,
        PublicPath::Help,
        PublicPath::Privacy,
        PublicPath::Terms,
        PublicPath::AccountMessages,
        PublicPath::AccountPrivacy,
        PublicPath::ConfirmErasure { token: "token" },
        PublicPath::Imprint,
        PublicPath::Seller { provider_slug: "larkmoor" },
        PublicPath::Payment { order_number: number },
        PublicPath::PaymentStep { order_number: number, payment: PaymentId::new() },
        PublicPath::PaymentReturn { gateway: "sandbox", payment: PaymentId::new() },
        PublicPath::SandboxBank { payment: PaymentId::new() },
        PublicPath::Order { number },
        PublicPath::OrderParcel { number, parcel: ParcelId::new() },
        PublicPath::Tracking { order_number: number },
        PublicPath::Invoice { order_number: number, invoice_number: "KILN-2026-000123" },
        PublicPath::Conversation { conversation: ConversationId::new() },
        PublicPath::Unsubscribe { token: "token" },
        PublicPath::Media { object_key: "renditions/0a/0b-320.webp" },
        PublicPath::Outbox,
        PublicPath::OutboxMessage { message: MessageId::new() },
        PublicPath::SmsStatus { tenant: TenantId::new(), message: MessageId::new() },
        PublicPath::SmsInbound,
        PublicPath::HoldCreate { slug },
        PublicPath::Docs,
        PublicPath::Health,
        PublicPath::Requested { path: "/help?topic=returns" },
    ];
    let kinds: HashSet<_> = paths.iter().map(PublicPathKind::from).collect();
    assert!(PublicPathKind::iter().all(|kind| kinds.contains(&kind)), "a kind is missing here");
    paths
}

/// A pattern as React Router writes it: `:name` stands for one segment.
fn matches(pattern: &str, path: &str) -> bool {
    let segments = |text: &str| text.trim_matches('/').split('/').map(str::to_owned).collect();
    let (pattern, path): (Vec<String>, Vec<String>) = (segments(pattern), segments(path));
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(want, is)| want.starts_with(':') || want == is)
}

#[test]
fn every_link_to_the_portal_leads_to_one_of_its_pages() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/portal/routes.json");
    let patterns: Vec<String> =
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    for path in portal_paths() {
        let path = path.to_string();
        assert!(
            patterns.iter().any(|pattern| matches(pattern, &path)),
            "{path} is not in portal/routes.json"
        );
    }
}

/// A route refuses a method that it lacks with 405 (the documentation answers any); only an unknown
/// address is a 404.
#[tokio::test(flavor = "multi_thread")]
async fn every_public_link_leads_to_a_route() {
    let app = TestApp::start().await;
    let client = app.anonymous();
    let delete = async |path: &str| client.send(client.request(Method::DELETE, path)).await;
    delete("/nothing").await.expect(404);
    delete("/api/v1/nothing").await.expect(404);
    for path in public_paths() {
        let path = path.to_string();
        let status = delete(&path).await.status;
        assert!(status == 405 || status == 200, "{path} answers {status}");
    }
}
