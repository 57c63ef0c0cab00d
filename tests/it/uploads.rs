//! Uploads: what was checked is what is kept, and each provider has its share and no more.

use std::time::{Duration, Instant};

use image::ImageFormat;
use serde_json::{Value, json};
use smp::kernel::TenantId;

use crate::support::{
    Client, TestApp,
    client::Answer,
    supply::{picture, put, upload},
};

const MIB: usize = 1 << 20;

async fn announce(client: &Client, tenant: TenantId, content_type: &str, size: usize) -> Answer {
    let announced = json!({"filename": "a", "content_type": content_type, "size_bytes": size});
    client.post(&format!("/api/v1/providers/{tenant}/assets"), &announced).await
}

fn path(tenant: TenantId, asset: &Value) -> String {
    format!("/api/v1/providers/{tenant}/assets/{}", asset["id"].as_str().unwrap())
}

async fn storage(client: &Client, tenant: TenantId) -> Value {
    client.get(&format!("/api/v1/providers/{tenant}/storage")).await.json(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completed_file_cannot_be_replaced() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let (editor, manager) = (app.member(tenant, "editor").await, app.staff("manager").await);
    let document = b"%PDF-1.7 what was checked\n%%EOF".to_vec();
    let drawing = picture(400, 200, ImageFormat::Png);
    for (content_type, bytes) in [("application/pdf", document), ("image/png", drawing)] {
        let announced = announce(&editor, tenant, content_type, bytes.len()).await.json(201);
        let at = path(tenant, &announced["asset"]);
        put(&editor, &announced["upload"], bytes.clone()).await.expect(200);
        let ready = editor.post(&format!("{at}/complete"), &json!({})).await.json(200);

        let mut other = bytes.clone();
        let end = other.len() - 8;
        other[end..].fill(b'x');
        put(&editor, &announced["upload"], other).await.expect(200);
        let original = manager.request(reqwest::Method::GET, &format!("{at}/original"));
        let original = original.send().await.unwrap().bytes().await.unwrap();
        assert!(original == bytes, "{content_type} was replaced");
        assert_eq!(editor.post(&format!("{at}/complete"), &json!({})).await.json(200), ready);
        assert_eq!(editor.get(&at).await.json(200), ready);
        for rendition in ready["renditions"].as_array().unwrap() {
            app.anonymous().get(rendition["url"].as_str().unwrap()).await.expect(200);
        }
    }
    let audited =
        app.query("SELECT details->'sha256' FROM audit_log WHERE action = 'asset_complete'");
    assert!(audited.await.iter().all(|hash| hash.as_str().unwrap().len() == 64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_stores_no_more_than_its_quota() {
    let app = TestApp::start_with(&[("smp_provider_storage_mib", "1")]).await;
    let (tenant, other) = (app.provider("atelier").await, app.provider("kiln").await);
    let editor = app.member(tenant, "editor").await;
    let asset =
        upload(&editor, tenant, "a.png", "image/png", picture(640, 480, ImageFormat::Png)).await;
    let ready =
        editor.post(&format!("{}/complete", path(tenant, &asset)), &json!({})).await.json(200);
    let taken = storage(&editor, tenant).await;
    let stored = taken["stored_bytes"].as_i64().unwrap();
    assert!(stored > ready["size_bytes"].as_i64().unwrap(), "renditions count: {taken}");
    assert_eq!(
        (&taken["announced"], &taken["quota_bytes"]),
        (&json!(0), &json!(i64::try_from(MIB).unwrap()))
    );

    // What is announced counts before it arrives.
    let announced = announce(&editor, tenant, "image/png", MIB / 2).await.json(201);
    let refused = announce(&editor, tenant, "image/png", MIB / 2).await;
    assert_eq!(refused.problem(409), "storage_full");
    assert!(refused.text.contains("of 1.0 MiB, so 0.5 MiB more do not fit"), "{}", refused.text);
    let owner = app.member(other, "owner").await;
    announce(&owner, other, "image/png", MIB / 2).await.json(201);
    assert_eq!(storage(&editor, tenant).await["announced_bytes"], json!(MIB / 2));
    editor.delete(&path(tenant, &announced["asset"])).await.expect(204);
    editor.delete(&path(tenant, &asset)).await.expect(204);
    let taken = storage(&editor, tenant).await;
    assert_eq!((&taken["stored_bytes"], &taken["announced"]), (&json!(0), &json!(0)));
    announce(&editor, tenant, "image/png", MIB).await.json(201);
    owner.get(&format!("/api/v1/providers/{tenant}/storage")).await.problem(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn announced_files_are_bounded_in_number_and_bytes() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let editor = app.member(tenant, "editor").await;
    let large = 20 << 20;
    for _ in 0..51 {
        announce(&editor, tenant, "application/pdf", large).await.json(201);
    }
    let refused = announce(&editor, tenant, "application/pdf", large).await;
    assert_eq!(refused.problem(409), "too_many_announced");
    assert!(refused.text.contains("51 files with 1020.0 MiB"), "{}", refused.text);
    let small = || announce(&editor, tenant, "image/png", 1);
    let answers = futures_util::future::join_all((0..60).map(|_| small())).await;
    let taken = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(taken, 49, "a hundred in all, however many are announced at once");
    assert_eq!(storage(&editor, tenant).await["announced"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_many_pictures_delays_others_by_few() {
    let app = TestApp::start().await;
    let (busy, other) = (app.provider("atelier").await, app.provider("kiln").await);
    let (busy_editor, editor) =
        (app.member(busy, "editor").await, app.member(other, "editor").await);
    let large = picture(2400, 1600, ImageFormat::Png);
    let mut waiting = vec![];
    for _ in 0..8 {
        waiting.push(upload(&busy_editor, busy, "a.png", "image/png", large.clone()).await);
    }
    let asset =
        upload(&editor, other, "b.png", "image/png", picture(40, 20, ImageFormat::Png)).await;
    let began = Instant::now();
    let many = futures_util::future::join_all(waiting.iter().map(async |asset| {
        let answer = busy_editor.post(&format!("{}/complete", path(busy, asset)), &json!({})).await;
        (answer.status, began.elapsed())
    }));
    let one = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        editor.post(&format!("{}/complete", path(other, &asset)), &json!({})).await.json(200);
        began.elapsed()
    };
    let (many, one) = tokio::join!(many, one);
    let before = many.iter().filter(|(_, at)| *at < one).count();
    assert!(before <= 4, "{before} of the other's pictures were ready before");
    assert!(many.iter().all(|(status, _)| *status == 200), "{many:?}");
}
