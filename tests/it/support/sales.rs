//! Sales made through the API, as far as a test needs them.

use serde_json::{Value, json};
use smp::{
    kernel::{SaleId, SaleItemId, TenantId},
    sales::SaleMode,
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{Client, TestApp, supply::described_picture};

/// A sale as shoppers can buy from it: of its first item 20 units at 49.00 EUR, of its second 5 at
/// 89.00, 2 of each for a shopper.
pub struct LiveSale {
    pub slug: String,
    pub id: SaleId,
    pub items: Vec<SaleItemId>,
}

/// A statement of how an item's inventory can be guaranteed, without which no sale is submitted.
pub const EVIDENCE: &str = "Counted in the warehouse.";
/// What managers verify of each item unless a test says otherwise: enough for several sales at once.
const VERIFIED_UNITS: i64 = 100_000;

/// A sale's path in the API.
pub fn sale_path(tenant: TenantId, sale: &Value) -> String {
    format!("/api/v1/providers/{tenant}/sales/{}", sale["id"].as_str().unwrap())
}

/// An offer of two items and one picture; as an owner's or editor's client makes it.
pub async fn plain_offer(editor: &Client, tenant: TenantId) -> Value {
    let sku = Uuid::now_v7().simple();
    let item = |nth: i32, name: &str, price_minor: i64| {
        json!({
            "sku": format!("SKU-{nth}-{sku}"),
            "name": name,
            "attributes": {"Colour": name},
            "price_minor": price_minor,
            "compare_at_minor": price_minor + 2000,
        })
    };
    let offer = json!({
        "title": "Stoneware at dawn",
        "summary": "Thrown by hand, glazed in ash.",
        "description": "Bowls and vases of one firing.",
        "terms": "Delivered within two weeks.",
        "currency": "EUR",
        "asset_ids": [described_picture(editor, tenant).await],
        "items": [item(0, "Sand", 4900), item(1, "Slate", 8900)],
    });
    editor.post(&format!("/api/v1/providers/{tenant}/offers"), &offer).await.json(201)
}

/// A sale's input over both items of an offer.
pub fn sale_input(
    offer: &Value,
    mode: SaleMode,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
) -> Value {
    let item = |nth: usize, capacity: i32| {
        json!({
            "item_id": offer["items"][nth]["id"],
            "price_minor": offer["items"][nth]["price"]["amount"],
            "capacity": capacity,
            "limit_per_shopper": 2,
            "evidence": EVIDENCE,
        })
    };
    json!({
        "offer_id": offer["id"],
        "mode": <&str>::from(mode),
        "kind": "while_supplies_last",
        "starts_at": starts_at.format(&Rfc3339).unwrap(),
        "ends_at": ends_at.format(&Rfc3339).unwrap(),
        "hold_seconds": 600,
        "countries": [],
        "items": [item(0, 20), item(1, 5)],
        "redirect_url": (mode == SaleMode::Redirect).then_some("https://cart.example/buy"),
    })
}

/// Submits a sale; the revision.
pub async fn submit(editor: &Client, path: &str) -> Value {
    editor.post(&format!("{path}/submit"), &json!({"note": "Please look."})).await.json(200)
}

/// Verifies the proofs of all items of a revision.
pub async fn verify(manager: &Client, path: &str, revision: &Value) -> super::client::Answer {
    let units = |item: &Value| {
        let guaranteed = item["guaranteed_quantity"].as_i64().unwrap_or_default();
        guaranteed.max(item["capacity"].as_i64().unwrap()).max(VERIFIED_UNITS)
    };
    let items = revision["content"]["items"].as_array().unwrap();
    let proof = |item: &Value| json!({"sale_item_id": item["sale_item_id"], "decision": "verify", "quantity": units(item)});
    decide_proofs(manager, path, revision, items.iter().map(proof).collect()).await
}

/// Says what was found of proofs of a revision as it was read.
pub async fn decide_proofs(
    manager: &Client,
    path: &str,
    revision: &Value,
    proofs: Vec<Value>,
) -> super::client::Answer {
    let body = json!({"content_hash": revision["content_hash"], "proofs": proofs});
    let path = format!("{path}/revisions/{}/proofs", revision["id"].as_str().unwrap());
    manager.post(&path, &body).await
}

/// Decides on a revision as it was read; before an approval, its proofs are verified.
pub async fn decide(
    manager: &Client,
    path: &str,
    revision: &Value,
    decision: &str,
) -> super::client::Answer {
    if decision == "approve" {
        verify(manager, path, revision).await;
    }
    let body = json!({
        "decision": decision,
        "reason": "Looked at with care.",
        "content_hash": revision["content_hash"],
    });
    manager
        .post(&format!("{path}/revisions/{}/decision", revision["id"].as_str().unwrap()), &body)
        .await
}

impl TestApp {
    /// A sale of `tenant` that started an hour ago and ends in a day: submitted by an editor,
    /// approved by a manager, while the clock was set back.
    pub async fn live_sale(&self, tenant: TenantId, mode: SaleMode) -> LiveSale {
        let now = self.platform.clock.now();
        self.platform.clock.advance(Duration::hours(-2));
        let (editor, manager) = (self.member(tenant, "editor").await, self.staff("manager").await);
        let offer = plain_offer(&editor, tenant).await;
        let input = sale_input(&offer, mode, now - Duration::hours(1), now + Duration::days(1));
        let sale =
            editor.post(&format!("/api/v1/providers/{tenant}/sales"), &input).await.json(201);
        let path = sale_path(tenant, &sale);
        let revision = submit(&editor, &path).await;
        decide(&manager, &path, &revision, "approve").await.json(200);
        self.platform.clock.advance(Duration::hours(2));
        let id = |value: &Value| value["id"].as_str().unwrap().parse::<Uuid>().unwrap();
        LiveSale {
            slug: sale["slug"].as_str().unwrap().to_owned(),
            id: SaleId(id(&sale)),
            items: sale["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| SaleItemId(id(item)))
                .collect(),
        }
    }
}
