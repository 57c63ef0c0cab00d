//! What a shopper does on the way to an order, in one call each.

use serde_json::{Value, json};
use smp::kernel::{SaleId, TenantId};

use super::{TestApp, client::Answer, client::Client, sales::LiveSale};

/// How the sandbox decides a payment: at once, or at the page of its bank.
pub const APPROVE: &str = "approve";
pub const DECLINE: &str = "decline";
pub const AT_BANK: &str = "";

pub fn address() -> Value {
    json!({"name": "Mara Lind", "line1": "Lindenallee 14", "city": "Berlin", "postal_code": "10435", "country": "de"})
}

impl Client {
    pub async fn hold(&self, sale: &LiveSale, nth: usize, quantity: i32) -> Value {
        let body = json!({"sale_item_id": sale.items[nth], "quantity": quantity});
        self.post(&format!("/api/v1/sales/{}/holds", sale.slug), &body).await.json(201)
    }

    /// A checkout of one hold.
    pub async fn open_checkout(&self, hold: &Value) -> Value {
        let body = json!({"hold_ids": [hold["id"]]});
        self.post("/api/v1/me/checkouts", &body).await.json(201)
    }

    pub async fn place(&self) -> Answer {
        self.post("/api/v1/me/orders", &json!({"shipping_address": address()})).await
    }

    pub async fn pay(&self, number: &str, answer: &str) -> Answer {
        let mut body = json!({"gateway": "sandbox"});
        if answer != AT_BANK {
            body["sandbox_answer"] = json!(answer);
        }
        self.post(&format!("/api/v1/me/orders/{number}/payments"), &body).await
    }

    /// Begins a payment that waits at the bank; returns its id.
    pub async fn begin(&self, number: &str) -> String {
        let payment = self.pay(number, AT_BANK).await.json(201);
        assert_eq!(payment["state"], "requires_action");
        payment["id"].as_str().unwrap().to_owned()
    }

    /// Answers a payment at the page of the sandbox's bank, which leads back to the shop.
    pub async fn at_bank(&self, payment: &str, answer: &str) -> Answer {
        let path = format!("/sandbox/bank/{payment}");
        let back = self.form(&path, &[("answer", answer)]).await;
        assert_eq!(back.location(), format!("/payments/return/sandbox/{payment}"));
        self.get(back.location()).await
    }

    /// One of the shopper's payments.
    pub async fn payment(&self, number: &str, payment: &str) -> Value {
        self.get(&format!("/api/v1/me/orders/{number}/payments/{payment}")).await.json(200)
    }

    pub async fn order(&self, number: &str) -> Value {
        self.get(&format!("/api/v1/me/orders/{number}")).await.json(200)
    }

    /// Holds `quantity` of the sale's first item, orders and pays; returns the order's number.
    pub async fn buy(&self, sale: &LiveSale, quantity: i32) -> String {
        self.hold(sale, 0, quantity).await;
        let number = self.place().await.json(201)["number"].as_str().unwrap().to_owned();
        assert_eq!(self.pay(&number, APPROVE).await.json(201)["state"], "succeeded");
        number
    }
}

impl TestApp {
    /// Changes a value of a sale's approved content.
    pub async fn edit_content(&self, tenant: TenantId, sale: SaleId, field: &str, value: Value) {
        let mut tx = self.platform.db.tenant(tenant).await.unwrap();
        sqlx::query("UPDATE revisions SET content = jsonb_set(content, ARRAY[$3], $4) WHERE tenant_id = $1 AND sale_id = $2")
            .bind(tenant.0)
            .bind(sale.0)
            .bind(field)
            .bind(value)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Changes a provider's state or a sale's.
    pub async fn set_state(&self, tenant: TenantId, table: &str, state: &str) {
        let mut tx = self.platform.db.tenant(tenant).await.unwrap();
        let sql = format!("UPDATE {table} SET state = $2 WHERE tenant_id = $1");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(tenant.0)
            .bind(state)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The payloads of every event of a kind, oldest first.
    pub async fn told(&self, kind: &str) -> Vec<Value> {
        let events = self.query("SELECT jsonb_build_object('type', type, 'tenant', tenant_id, 'payload', payload) FROM events ORDER BY id").await;
        events
            .into_iter()
            .filter(|event| event["type"] == kind)
            .map(|event| event["payload"].clone())
            .collect()
    }

    /// (held, sold) of all stock there is.
    pub async fn stock(&self) -> (i64, i64) {
        let sums = self
            .query("SELECT jsonb_build_object('held', sum(held), 'sold', sum(sold)) FROM stock")
            .await;
        (sums[0]["held"].as_i64().unwrap_or(0), sums[0]["sold"].as_i64().unwrap_or(0))
    }
}
