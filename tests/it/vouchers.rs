//! Voucher codes at rest: sealed with the server's secret, which can be rotated.

use serde_json::json;
use smp::{
    kernel::{AccountId, TenantId, VoucherId},
    orders,
    platform::Platform,
    sales::SaleMode::Hosted,
};

use crate::support::TestApp;

const OLD: &str = "the secret the codes were sealed with";
const NEW: &str = "the secret that replaced the old one";

/// An app whose secret is `OLD`, and a shopper who bought two vouchers.
async fn with_vouchers() -> (TestApp, AccountId, String) {
    let app = TestApp::start_with(&[("smp_secret", OLD)]).await;
    let tenant = app.provider("north").await;
    let sale = app.live_sale(tenant, Hosted).await;
    app.edit_content(tenant, sale.id, "voucher_valid_days", json!(90)).await;
    let (mara, account) = app.account("mara", &[]).await;
    let number = mara.buy(&sale, 2).await;
    (app, account, number)
}

async fn codes(platform: &Platform, account: AccountId, number: &str) -> Vec<Option<String>> {
    let vouchers = orders::voucher_codes(platform, account, number).await.unwrap();
    vouchers.into_iter().map(|voucher| voucher.code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_outlive_a_rotation_of_the_secret() {
    let (app, account, number) = with_vouchers().await;
    let before = codes(&app.platform, account, &number).await;
    assert!(before.len() == 2 && before.iter().all(Option::is_some), "{before:?}");
    let signed = app.platform.config.keyring.sign("click", "x");

    let rotated = app.node_with(&[("smp_secret", NEW), ("smp_secret_previous", OLD)]).await;
    assert_eq!(codes(&rotated, account, &number).await, before);
    assert_eq!(rotated.config.keyring.verify("click", &signed), Some("x"));

    // Without the old secret the codes are not shown, and nothing else fails.
    let forgotten = app.node_with(&[("smp_secret", NEW)]).await;
    assert_eq!(codes(&forgotten, account, &number).await, [None, None]);
    assert_eq!(forgotten.config.keyring.verify("click", &signed), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_changed_or_moved_in_the_database_is_not_shown() {
    let (app, account, number) = with_vouchers().await;
    let before = codes(&app.platform, account, &number).await;
    // The two vouchers swap their sealed codes.
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let swap = "UPDATE vouchers v SET code_sealed = other.code_sealed
                FROM vouchers other WHERE other.order_id = v.order_id AND other.id <> v.id";
    sqlx::query(swap).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(codes(&app.platform, account, &number).await, [None, None]);

    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query(swap).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(codes(&app.platform, account, &number).await, before);
    let mut tx = app.platform.db.platform("test").await.unwrap();
    let (tenant, id): (TenantId, VoucherId) =
        sqlx::query_as("SELECT tenant_id, id FROM vouchers ORDER BY id LIMIT 1")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    sqlx::query(
        "UPDATE vouchers SET code_sealed = set_byte(code_sealed, 40, get_byte(code_sealed, 40) # 1)
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant)
    .bind(id)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(codes(&app.platform, account, &number).await[0], None);
}
