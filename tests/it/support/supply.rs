//! What a provider brings, ready made: pictures, uploads, offers.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::Method;
use serde_json::{Value, json};
use smp::kernel::TenantId;

use super::{Client, client::Answer};

/// A picture of a colour gradient, in a format of one's choice.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let shade = |at: u32, of: u32| u8::try_from(at * 255 / of).unwrap();
    let pixels =
        RgbImage::from_fn(width, height, |x, y| Rgb([shade(x, width), shade(y, height), 120]));
    let mut bytes = Cursor::new(vec![]);
    DynamicImage::ImageRgb8(pixels).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Announces a file and sends its bytes to S3 as a browser does; the asset as it was announced, not
/// completed.
pub async fn upload(
    client: &Client,
    tenant: TenantId,
    filename: &str,
    content_type: &str,
    bytes: Vec<u8>,
) -> Value {
    let path = format!("/api/v1/providers/{tenant}/assets");
    let announced = client
        .post(
            &path,
            &json!({"filename": filename, "content_type": content_type, "size_bytes": bytes.len()}),
        )
        .await
        .json(201);
    put(client, &announced["upload"], bytes).await.expect(200);
    announced["asset"].clone()
}

/// Sends bytes where an announcement says.
pub async fn put(client: &Client, upload: &Value, bytes: Vec<u8>) -> Answer {
    let mut request = client
        .request(
            upload["method"].as_str().unwrap().parse::<Method>().unwrap(),
            upload["url"].as_str().unwrap(),
        )
        .body(bytes);
    for (name, value) in upload["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    client.send(request).await
}

/// A picture that is uploaded and ready, as an owner's or editor's client makes it.
pub async fn ready_picture(client: &Client, tenant: TenantId) -> Value {
    let asset =
        upload(client, tenant, "linen.png", "image/png", picture(1000, 500, ImageFormat::Png))
            .await;
    client
        .post(
            &format!(
                "/api/v1/providers/{tenant}/assets/{}/complete",
                asset["id"].as_str().unwrap()
            ),
            &json!({}),
        )
        .await
        .json(200)
}

/// A small picture that is uploaded, ready and described, so that a sale may show it; its id.
pub async fn described_picture(client: &Client, tenant: TenantId) -> Value {
    let bytes = picture(16, 8, ImageFormat::Png);
    let asset = upload(client, tenant, "bowl.png", "image/png", bytes).await;
    let id = &asset["id"];
    let path = format!("/api/v1/providers/{tenant}/assets/{}", id.as_str().unwrap());
    client.post(&format!("{path}/complete"), &json!({})).await.json(200);
    client.patch_newest(&path, &json!({"alt": "A bowl on a table"})).await.json(200);
    id.clone()
}

/// An offer's input with two items, under SKUs that begin with `sku`.
pub fn offer_input(sku: &str, asset_ids: &[&Value]) -> Value {
    json!({
        "title": "Washed linen", "summary": "Bed linen that gets softer.", "description": "Woven in Flanders.\n\nWashed twice.", "terms": "Returns within 30 days.",
        "currency": "EUR", "asset_ids": asset_ids,
        "items": [
            {"sku": format!("{sku}-SAND"), "name": "Sand", "attributes": {"Colour": "Sand"}, "price_minor": 8900, "compare_at_minor": 12_900},
            {"sku": format!("{sku}-INK"), "name": "Ink", "attributes": {"Colour": "Ink", "Size": "200 × 200 cm"}, "price_minor": 9900},
        ],
    })
}

/// An offer with two items and a picture.
pub async fn offer(client: &Client, tenant: TenantId, sku: &str) -> Value {
    let asset = described_picture(client, tenant).await;
    client
        .post(&format!("/api/v1/providers/{tenant}/offers"), &offer_input(sku, &[&asset]))
        .await
        .json(201)
}
