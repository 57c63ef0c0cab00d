//! An approved sale that is live, without going through its making (which has tests of its own).

use std::collections::BTreeMap;

use smp::{
    kernel::{ItemId, OfferId, RevisionId, SaleId, SaleItemId, TenantId},
    sales::{Content, ContentItem, SaleMode},
};
use uuid::Uuid;

use super::TestApp;

/// A sale as shoppers can buy from it: of its first item 20 units at 49.00 EUR, of its second 5 at 89.00, 2 of each for a shopper.
pub struct LiveSale {
    pub slug: String,
    pub id: SaleId,
    pub items: Vec<SaleItemId>,
}

impl TestApp {
    /// A sale of `tenant` that started an hour ago and ends in a day.
    pub async fn live_sale(&self, tenant: TenantId, mode: SaleMode) -> LiveSale {
        let now = self.platform.clock.now();
        let sale = LiveSale { slug: format!("sale-{}", Uuid::now_v7().simple()), id: SaleId::new(), items: vec![SaleItemId::new(), SaleItemId::new()] };
        let item = |nth: usize, name: &str, price_minor, capacity| ContentItem {
            sale_item_id: sale.items[nth],
            item_id: ItemId::new(),
            sku: format!("SKU-{nth}-{}", sale.id),
            name: name.to_owned(),
            attributes: BTreeMap::from([("Colour".to_owned(), name.to_owned())]),
            price_minor,
            compare_at_minor: Some(price_minor + 2000),
            capacity,
            limit_per_shopper: 2,
        };
        let content = Content {
            title: "Stoneware at dawn".to_owned(),
            summary: "Thrown by hand, glazed in ash.".to_owned(),
            description: "Bowls and vases of one firing.".to_owned(),
            terms: "Delivered within two weeks.".to_owned(),
            mode,
            kind: "while_supplies_last".to_owned(),
            currency: "EUR".to_owned(),
            starts_at: now - time::Duration::hours(1),
            ends_at: now + time::Duration::days(1),
            hold_seconds: 600,
            redirect_url: (mode == SaleMode::Redirect).then(|| "https://cart.example/buy".to_owned()),
            countries: vec![],
            assets: vec![],
            items: vec![item(0, "Sand", 4900, 20), item(1, "Slate", 8900, 5)],
        };
        self.insert_published(tenant, &sale, &content).await;
        sale
    }

    async fn insert_published(&self, tenant: TenantId, sale: &LiveSale, content: &Content) {
        let (offer, revision) = (OfferId::new(), RevisionId::new());
        let mut tx = self.platform.db.tenant(tenant).await.unwrap();
        sqlx::query("INSERT INTO offers (tenant_id, id, title, summary, description, terms, currency) VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(tenant.0)
            .bind(offer.0)
            .bind(&content.title)
            .bind(&content.summary)
            .bind(&content.description)
            .bind(&content.terms)
            .bind(&content.currency)
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO sales (tenant_id, id, slug, offer_id, mode, state, starts_at, ends_at, hold_seconds, redirect_url, approved_revision_id)
             VALUES ($1, $2, $3, $4, $5, 'approved', $6, $7, $8, $9, $10)",
        )
        .bind(tenant.0)
        .bind(sale.id.0)
        .bind(&sale.slug)
        .bind(offer.0)
        .bind(if content.mode == SaleMode::Hosted { "hosted" } else { "redirect" })
        .bind(content.starts_at)
        .bind(content.ends_at)
        .bind(content.hold_seconds)
        .bind(&content.redirect_url)
        .bind(revision.0)
        .execute(&mut *tx)
        .await
        .unwrap();
        for (position, item) in (0..).zip(&content.items) {
            sqlx::query(
                "INSERT INTO items (tenant_id, id, offer_id, position, sku, name, price_minor, compare_at_minor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(tenant.0)
            .bind(item.item_id.0)
            .bind(offer.0)
            .bind(position)
            .bind(&item.sku)
            .bind(&item.name)
            .bind(item.price_minor)
            .bind(item.compare_at_minor)
            .execute(&mut *tx)
            .await
            .unwrap();
            sqlx::query("INSERT INTO sale_items (tenant_id, id, sale_id, item_id, position, price_minor, capacity, limit_per_shopper) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
                .bind(tenant.0)
                .bind(item.sale_item_id.0)
                .bind(sale.id.0)
                .bind(item.item_id.0)
                .bind(position)
                .bind(item.price_minor)
                .bind(item.capacity)
                .bind(item.limit_per_shopper)
                .execute(&mut *tx)
                .await
                .unwrap();
            if content.mode == SaleMode::Hosted {
                sqlx::query("INSERT INTO stock (tenant_id, sale_item_id, sale_id, capacity) VALUES ($1, $2, $3, $4)")
                    .bind(tenant.0)
                    .bind(item.sale_item_id.0)
                    .bind(sale.id.0)
                    .bind(item.capacity)
                    .execute(&mut *tx)
                    .await
                    .unwrap();
            }
        }
        sqlx::query(
            "INSERT INTO revisions (tenant_id, id, sale_id, number, state, content, content_hash, submitted_by) VALUES ($1, $2, $3, 1, 'approved', $4, $5, $6)",
        )
        .bind(tenant.0)
        .bind(revision.0)
        .bind(sale.id.0)
        .bind(serde_json::to_value(content).unwrap())
        .bind(content.hash())
        .bind(Uuid::now_v7())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
}
