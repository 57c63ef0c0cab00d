//! Assets: announced, put straight into S3, checked, re-encoded, served, withdrawn.

use image::{ImageFormat, ImageReader};
use reqwest::Method;
use serde_json::{Value, json};
use smp::{
    assets::{self, AssetState},
    kernel::{AssetId, TenantId},
};

use crate::support::{
    Client, TestApp,
    supply::{offer_input, picture, put, ready_picture, upload},
};

fn path(tenant: TenantId, asset: &Value) -> String {
    format!("/api/v1/providers/{tenant}/assets/{}", asset["id"].as_str().unwrap())
}

async fn complete(
    client: &Client,
    tenant: TenantId,
    asset: &Value,
) -> crate::support::client::Answer {
    client.post(&format!("{}/complete", path(tenant, asset)), &json!({})).await
}

/// A JPEG whose metadata say: turn me by 90 degrees, I was made at a secret place.
fn turned_jpeg() -> Vec<u8> {
    let jpeg = picture(400, 200, ImageFormat::Jpeg);
    let mut exif =
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"SECRET PLACE");
    let mut out = jpeg[..2].to_vec();
    out.extend_from_slice(&[0xff, 0xe1]);
    out.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    out.extend_from_slice(&exif);
    out.extend_from_slice(&jpeg[2..]);
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_put_into_s3_and_comes_back_in_renditions() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let editor = app.member(tenant, "editor").await;
    let bytes = picture(1000, 500, ImageFormat::Png);
    let announced = editor
        .post(&format!("/api/v1/providers/{tenant}/assets"), &json!({"filename": "linen.png", "content_type": "image/png", "size_bytes": bytes.len()}))
        .await
        .json(201);
    let asset = &announced["asset"];
    assert_eq!(
        (&asset["state"], &asset["kind"], &asset["url"]),
        (&json!("uploading"), &json!("image"), &Value::Null)
    );
    assert_eq!(announced["upload"]["method"], "PUT");
    assert_eq!(complete(&editor, tenant, asset).await.problem(409), "not_uploaded");
    // The address takes this type and size and nothing else.
    assert_eq!(put(&editor, &announced["upload"], b"short".to_vec()).await.status, 403);
    put(&editor, &announced["upload"], bytes).await.expect(200);

    let ready = complete(&editor, tenant, asset).await.json(200);
    assert_eq!(
        (&ready["state"], &ready["width_px"], &ready["height_px"], &ready["error"]),
        (&json!("ready"), &json!(1000), &json!(500), &Value::Null)
    );
    let sizes: Vec<_> = ready["renditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["width_px"].as_i64().unwrap(), r["height_px"].as_i64().unwrap()))
        .collect();
    assert_eq!(sizes, [(320, 160), (640, 320), (960, 480), (1000, 500)]);
    assert_eq!(
        (&ready["thumbnail_url"], &ready["url"]),
        (&ready["renditions"][0]["url"], &ready["renditions"][3]["url"])
    );
    assert_eq!(
        complete(&editor, tenant, asset).await.json(200),
        ready,
        "a second time changes nothing"
    );
    assert_eq!(
        editor.post(&format!("{}/upload", path(tenant, asset)), &json!({})).await.problem(409),
        "asset_complete"
    );

    // Anyone may look at it, for ever.
    let url = ready["thumbnail_url"].as_str().unwrap();
    let shown = reqwest::get(format!("{}{url}", app.base)).await.unwrap();
    let header = |name: &str| shown.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        (header("content-type"), header("x-content-type-options")),
        ("image/webp".to_owned(), "nosniff".to_owned())
    );
    assert!(header("cache-control").contains("immutable"));
    let etag = header("etag");
    let shown = ImageReader::new(std::io::Cursor::new(shown.bytes().await.unwrap()))
        .with_guessed_format()
        .unwrap();
    assert_eq!(shown.format(), Some(ImageFormat::WebP));
    assert_eq!(shown.into_dimensions().unwrap(), (320, 160));
    let anyone = app.anonymous();
    let again = anyone.send(anyone.request(Method::GET, url).header("If-None-Match", etag)).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));

    let described =
        editor.patch_newest(&path(tenant, asset), &json!({"alt": "Linen in sand"})).await.json(200);
    assert_eq!(described["alt"], "Linen in sand");
    assert_eq!(
        editor
            .patch_newest(&path(tenant, asset), &json!({"alt": "x".repeat(301)}))
            .await
            .wrong_fields(),
        ["alt"]
    );
    let events = app.query("SELECT to_jsonb(type) FROM events ORDER BY sequence").await;
    assert_eq!(events, [json!("asset.ready")]);
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_turned_upright_and_loses_its_metadata() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let editor = app.member(tenant, "editor").await;
    let original = turned_jpeg();
    assert!(original.windows(6).any(|part| part == b"SECRET"));
    let asset = upload(&editor, tenant, "phone.jpg", "image/jpeg", original).await;
    let ready = complete(&editor, tenant, &asset).await.json(200);
    assert_eq!((&ready["width_px"], &ready["height_px"]), (&json!(200), &json!(400)));
    let shown = reqwest::get(format!("{}{}", app.base, ready["url"].as_str().unwrap()))
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert!(
        !shown.windows(6).any(|part| part == b"SECRET")
            && !shown.windows(4).any(|part| part == b"Exif" || part == b"EXIF")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_it_claims_is_thrown_away_and_may_be_tried_again() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let editor = app.member(tenant, "editor").await;
    let svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    let html = b"<!DOCTYPE html><html><script>alert(1)</script></html>".to_vec();
    let mut broken = picture(60, 40, ImageFormat::Png);
    broken.truncate(60);
    let mut dressed = b"GIF89a".to_vec();
    dressed.extend_from_slice(&html);
    let cut = |format| {
        let whole = picture(60, 40, format);
        whole[..whole.len() * 2 / 3].to_vec()
    };
    let cases: [(&str, &str, Vec<u8>, &str); 10] = [
        ("a.png", "image/png", svg.clone(), "content_type"),
        ("a.jpg", "image/jpeg", html.clone(), "content_type"),
        ("a.webp", "image/webp", b"just text".to_vec(), "content_type"),
        ("a.png", "image/png", picture(20, 20, ImageFormat::Jpeg), "content_type"),
        ("a.pdf", "application/pdf", svg, "content_type"),
        ("a.png", "image/png", broken, "file"),
        ("a.gif", "image/gif", dressed, "file"),
        ("a.jpg", "image/jpeg", cut(ImageFormat::Jpeg), "file"),
        ("a.webp", "image/webp", cut(ImageFormat::WebP), "file"),
        ("a.gif", "image/gif", cut(ImageFormat::Gif), "file"),
    ];
    for (filename, content_type, bytes, field) in cases {
        let asset = upload(&editor, tenant, filename, content_type, bytes).await;
        assert_eq!(
            complete(&editor, tenant, &asset).await.wrong_fields(),
            [field],
            "{filename} {content_type}"
        );
        let key = format!("uploads/{tenant}/{}", asset["id"].as_str().unwrap());
        assert_eq!(
            app.platform.objects.head(&key).await.unwrap(),
            None,
            "{filename} {content_type} was kept"
        );
        let kept = editor.get(&path(tenant, &asset)).await.json(200);
        assert_eq!(kept["state"], "uploading");
        assert!(!kept["error"].as_str().unwrap().is_empty());
        assert_eq!(complete(&editor, tenant, &asset).await.problem(409), "not_uploaded");
    }

    // The same asset, with the right bytes at last: of the size that was announced.
    let good = picture(64, 64, ImageFormat::Png);
    let asset = upload(&editor, tenant, "b.png", "image/png", vec![b'x'; good.len()]).await;
    complete(&editor, tenant, &asset).await.problem(422);
    let again =
        editor.post(&format!("{}/upload", path(tenant, &asset)), &json!({})).await.json(200);
    put(&editor, &again["upload"], good).await.expect(200);
    let ready = complete(&editor, tenant, &asset).await.json(200);
    assert_eq!((&ready["state"], &ready["error"]), (&json!("ready"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_kept_as_they_are_for_reviewers_and_not_shown() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let editor = app.member(tenant, "editor").await;
    let bytes = b"%PDF-1.7\n%%EOF".to_vec();
    let asset = upload(&editor, tenant, "a.pdf", "application/pdf", bytes).await;
    let ready = complete(&editor, tenant, &asset).await.json(200);
    assert_eq!(
        (&ready["state"], &ready["kind"], &ready["renditions"]),
        (&json!("ready"), &json!("pdf"), &json!([]))
    );
    let input = offer_input("PDF", &[&asset["id"]]);
    let offered = editor.post(&format!("/api/v1/providers/{tenant}/offers"), &input).await;
    assert_eq!(offered.wrong_fields(), ["asset_ids.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_moves_or_is_of_print_says_why_it_is_refused() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let editor = app.member(tenant, "editor").await;
    let mut animated = vec![];
    let frame = || image::Frame::new(image::RgbaImage::new(8, 8));
    image::codecs::gif::GifEncoder::new(&mut animated).encode_frames([frame(), frame()]).unwrap();
    let mut of_print = picture(60, 40, ImageFormat::Jpeg);
    let start_of_frame = of_print.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    of_print[start_of_frame + 9] = 4;
    for (filename, content_type, bytes, reason) in
        [("a.gif", "image/gif", animated, "animated"), ("a.jpg", "image/jpeg", of_print, "CMYK")]
    {
        let asset = upload(&editor, tenant, filename, content_type, bytes).await;
        assert_eq!(complete(&editor, tenant, &asset).await.wrong_fields(), ["file"]);
        let kept = editor.get(&path(tenant, &asset)).await.json(200);
        assert!(kept["error"].as_str().unwrap().contains(reason), "{kept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_uploaded_is_refused_before_it_travels() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let editor = app.member(tenant, "editor").await;
    let at = format!("/api/v1/providers/{tenant}/assets");
    let announce = async |filename: &str, content_type: &str, size_bytes: i64| {
        editor.post(&at, &json!({"filename": filename, "content_type": content_type, "size_bytes": size_bytes})).await
    };
    assert_eq!(
        announce("", "image/svg+xml", 0).await.wrong_fields(),
        ["filename", "content_type", "size_bytes"]
    );
    assert_eq!(
        announce("a.png", "image/png", 20 * 1024 * 1024 + 1).await.wrong_fields(),
        ["size_bytes"]
    );
    // Videos are shown to nobody: they are refused, and the answer says so.
    for (name, kind) in [("a.mp4", "video/mp4"), ("a.webm", "video/webm")] {
        let refused = announce(name, kind, 10).await;
        assert!(refused.text.contains("Videos cannot be shown"), "{}", refused.text);
        assert_eq!(refused.wrong_fields(), ["content_type"]);
    }
    assert_eq!(announce("a.html", "text/html", 10).await.wrong_fields(), ["content_type"]);
    assert_eq!(
        editor.post(&at, &json!({"filename": "a.png"})).await.wrong_fields(),
        ["content_type", "size_bytes"]
    );
    assert_eq!(editor.get(&at).await.json(200)["items"], json!([]));
    // Only renditions are served, and no key leads out of them.
    for key in [
        "originals/a/b",
        "renditions/00/..%2F..%2Foriginals/x-1.webp",
        "renditions/00/00-320.webp",
        "",
    ] {
        assert_eq!(app.anonymous().get(&format!("/media/{key}")).await.status, 404, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_found_and_withdrawn_but_not_while_a_sale_shows_them() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let owner = app.member(tenant, "owner").await;
    let at = format!("/api/v1/providers/{tenant}/assets");
    let (used, free) = (ready_picture(&owner, tenant).await, ready_picture(&owner, tenant).await);
    owner.patch_newest(&path(tenant, &free), &json!({"alt": "A teapot"})).await.json(200);
    assert_eq!(owner.get(&format!("{at}?q=TEAPOT")).await.json(200)["items"][0]["id"], free["id"]);
    let teapot = owner.get(&format!("{at}?kind=image&q=teapot")).await.json(200);
    assert_eq!(teapot["items"][0]["id"], free["id"]);
    assert_eq!(owner.get(&format!("{at}?kind=pdf")).await.json(200)["items"], json!([]));
    assert_eq!(
        owner.get(&format!("{at}?q=linen&limit=1")).await.json(200)["items"][0]["id"],
        free["id"]
    );

    let id: AssetId = used["id"].as_str().unwrap().parse().unwrap();
    let mark = async |state| {
        let mut tx = app.platform.db.tenant(tenant).await.unwrap();
        assets::mark_state(&mut tx, tenant, &[id], state, app.platform.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    mark(AssetState::Submitted).await;
    assert_eq!(owner.delete(&path(tenant, &used)).await.problem(409), "asset_in_use");
    mark(AssetState::Approved).await;
    assert_eq!(owner.delete(&path(tenant, &used)).await.problem(409), "asset_in_use");
    mark(AssetState::Submitted).await;
    assert_eq!(
        owner.get(&path(tenant, &used)).await.json(200)["state"],
        "approved",
        "an approved asset stays approved"
    );

    let mut tx = app.platform.db.tenant(tenant).await.unwrap();
    let frozen = assets::for_content(&mut tx, tenant, &[id]).await.unwrap();
    assert_eq!(
        (frozen[0].renditions.len(), frozen[0].width_px, frozen[0].sha256.len()),
        (4, 1000, 64)
    );
    drop(tx);

    owner.delete(&path(tenant, &free)).await.expect(204);
    owner.delete(&path(tenant, &free)).await.expect(204);
    assert_eq!(complete(&owner, tenant, &free).await.problem(409), "asset_withdrawn");
    assert_eq!(
        owner.patch_newest(&path(tenant, &free), &json!({"alt": "x"})).await.problem(409),
        "asset_withdrawn"
    );
    let listed = owner.get(&at).await.json(200);
    assert_eq!(
        listed["items"].as_array().unwrap().iter().map(|a| a["id"].clone()).collect::<Vec<_>>(),
        [used["id"].clone()]
    );
    assert_eq!(
        owner.get(&format!("{at}?state=withdrawn")).await.json(200)["items"][0]["id"],
        free["id"]
    );
    // No review ever showed it, so nothing of it is left.
    for rendition in free["renditions"].as_array().unwrap() {
        app.anonymous().get(rendition["url"].as_str().unwrap()).await.problem(404);
    }
    let kept = app.query("SELECT to_jsonb(object_key) FROM assets WHERE state = 'withdrawn'").await;
    assert_eq!(app.platform.objects.head(kept[0].as_str().unwrap()).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_asset_is_unknown() {
    let app = TestApp::start().await;
    let (ours, theirs) = (app.provider("ours").await, app.provider("theirs").await);
    let owner = app.member(ours, "owner").await;
    let asset = ready_picture(&owner, ours).await;
    let them = app.member(theirs, "owner").await;
    for tenant in [ours, theirs] {
        let path = path(tenant, &asset);
        them.get(&path).await.problem(404);
        them.patch_newest(&path, &json!({"alt": "x"})).await.problem(404);
        them.delete(&path).await.problem(404);
        them.post(&format!("{path}/upload"), &json!({})).await.problem(404);
        them.post(&format!("{path}/complete"), &json!({})).await.problem(404);
    }
    app.staff("support").await.get(&path(ours, &asset)).await.json(200);
    app.staff("admin").await.delete(&path(ours, &asset)).await.problem(403);
    app.member(ours, "analyst").await.delete(&path(ours, &asset)).await.problem(403);
    assert_eq!(owner.get(&path(ours, &asset)).await.json(200), asset);
}
