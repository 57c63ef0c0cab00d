//! A provider with an editor, SMP's manager, and an offer: what every test of sales begins with.

use serde_json::Value;
use smp::{
    kernel::{SaleId, SaleItemId, TenantId},
    sales::SaleMode,
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    Client, TestApp,
    sales::{LiveSale, decide, plain_offer, sale_input, sale_path, submit},
};

pub struct Stage {
    pub app: TestApp,
    pub tenant: TenantId,
    pub editor: Client,
    pub manager: Client,
    pub offer: Value,
    /// The input of a hosted sale of the offer.
    pub input: Value,
    pub ends_at: OffsetDateTime,
}

/// A sale that was approved.
pub struct ApprovedSale {
    /// Its path in the API of its provider.
    pub path: String,
    pub slug: String,
    pub id: SaleId,
}

impl ApprovedSale {
    /// The path of a shopper's registration.
    pub fn registration(&self) -> String {
        format!("/api/v1/sales/{}/registration", self.slug)
    }
}

impl Stage {
    /// The input's sale starts in an hour and ends in a day.
    pub async fn set() -> Self {
        Self::with_window(Duration::hours(1), Duration::days(1)).await
    }

    /// The input's sale starts in three days and lasts one; its registration is open from in an
    /// hour until in two days.
    pub async fn with_registration() -> Self {
        let mut stage = Self::with_window(Duration::days(3), Duration::days(4)).await;
        let now = stage.app.platform.clock.now();
        stage.input["registration_opens_at"] = at(now + Duration::hours(1)).into();
        stage.input["registration_closes_at"] = at(now + Duration::days(2)).into();
        stage
    }

    /// The same, with the sale approved and its registration open.
    pub async fn with_open_registration() -> (Self, ApprovedSale) {
        let stage = Self::with_registration().await;
        let sale = stage.publish(&stage.input).await;
        stage.app.platform.clock.advance(Duration::hours(2));
        (stage, sale)
    }

    async fn with_window(starts_in: Duration, ends_in: Duration) -> Self {
        let app = TestApp::start().await;
        let tenant = app.provider("kiln").await;
        let (editor, manager) = (app.member(tenant, "editor").await, app.staff("manager").await);
        let offer = plain_offer(&editor, tenant).await;
        let now = app.platform.clock.now();
        let ends_at = now + ends_in;
        let input = sale_input(&offer, SaleMode::Hosted, now + starts_in, ends_at);
        Self { app, tenant, editor, manager, offer, input, ends_at }
    }

    /// The path of the provider's sales.
    pub fn sales(&self) -> String {
        format!("/api/v1/providers/{}/sales", self.tenant)
    }

    /// The input with some of its fields changed.
    pub fn with(&self, changes: &Value) -> Value {
        let mut input = self.input.clone();
        for (name, value) in changes.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    }

    /// The fields that an input is refused for.
    pub async fn refused(&self, input: &Value) -> Vec<String> {
        self.editor.post(&self.sales(), input).await.wrong_fields()
    }

    /// A draft of the input, and its path.
    pub async fn draft(&self) -> (Value, String) {
        let sale = self.editor.post(&self.sales(), &self.input).await.json(201);
        let path = sale_path(self.tenant, &sale);
        (sale, path)
    }

    /// A sale that is submitted: its path, and the revision.
    pub async fn submitted(&self, input: &Value) -> (String, Value) {
        let sale = self.editor.post(&self.sales(), input).await.json(201);
        let path = sale_path(self.tenant, &sale);
        let revision = submit(&self.editor, &path).await;
        (path, revision)
    }

    /// Submits and approves the draft of a sale.
    pub async fn approve(&self, path: &str) {
        let revision = submit(&self.editor, path).await;
        decide(&self.manager, path, &revision, "approve").await.json(200);
    }

    /// A sale of the input that is approved, and its path.
    pub async fn approved(&self) -> (Value, String) {
        let (_, path) = self.draft().await;
        self.approve(&path).await;
        (self.editor.get(&path).await.json(200), path)
    }

    /// A sale that is approved.
    pub async fn publish(&self, input: &Value) -> ApprovedSale {
        let sale = self.editor.post(&self.sales(), input).await.json(201);
        let path = sale_path(self.tenant, &sale);
        self.approve(&path).await;
        let slug = sale["slug"].as_str().unwrap().to_owned();
        ApprovedSale { path, slug, id: SaleId(uuid(&sale)) }
    }

    /// A sale that is approved and has started.
    pub async fn live(&self, input: &Value) -> LiveSale {
        let sale = self.publish(input).await;
        self.app.platform.clock.advance(Duration::hours(2));
        let shown = self.editor.get(&sale.path).await.json(200);
        let items = shown["items"].as_array().unwrap().iter().map(|item| SaleItemId(uuid(item)));
        LiveSale { slug: sale.slug, id: sale.id, items: items.collect() }
    }

    /// A published sale as the storefront shows it.
    pub async fn shown(&self, slug: &str) -> Value {
        self.app.anonymous().get(&format!("/api/v1/sales/{slug}")).await.json(200)
    }

    /// The types of the events of sales, oldest first.
    pub async fn events(&self) -> Vec<Value> {
        self.app
            .query("SELECT to_jsonb(type) FROM events WHERE type LIKE 'sale.%' ORDER BY sequence")
            .await
    }

    /// The emails of a template, once all jobs have run.
    pub async fn emails(&self, template: &str) -> Vec<Value> {
        self.app.run_jobs().await;
        let all = self
            .app
            .query(
                "SELECT jsonb_build_object('template', template, 'to', recipient, 'text', body_text)
                 FROM messages ORDER BY id",
            )
            .await;
        all.into_iter().filter(|email| email["template"] == template).collect()
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        self.app.platform.clock.advance(duration);
    }
}

fn uuid(value: &Value) -> Uuid {
    value["id"].as_str().unwrap().parse().unwrap()
}

/// A time as the API writes it.
pub fn at(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap()
}

/// The text of all these emails.
pub fn texts(emails: &[Value]) -> String {
    emails.iter().map(|email| email["text"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}
