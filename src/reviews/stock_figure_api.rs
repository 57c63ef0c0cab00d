//! The API of stock figures: a provider's server, or its team, reports what is in stock.

use std::collections::HashMap;

use poem_openapi::{Object, OpenApi, param::Path, payload::Json};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    stock_figure::{self, StockFigure},
    stock_report::report,
};
use crate::{
    access::{Actor, Member, MemberOrKey, Tag, actor_names, audit},
    kernel::{Error, FieldErrors, Input, Result, TenantId, limits::UNITS_MAX},
    offers,
    platform::Platform,
};

pub struct StockFigureApi {
    pub platform: Platform,
}

/// What a provider last reported of an item's stock.
#[derive(Clone, Object)]
#[oai(rename = "StockFigure")]
pub struct StockFigureView {
    pub sku: String,
    /// Units in stock.
    pub quantity: i32,
    /// A person's name, or an API key and its name.
    pub reported_by: String,
    pub reported_at: OffsetDateTime,
    /// Whether it proves something: it is less than 7 days old.
    pub is_fresh: bool,
}

impl StockFigureView {
    /// The views of some figures.
    pub async fn of(
        conn: &mut PgConnection,
        figures: Vec<StockFigure>,
        now: OffsetDateTime,
    ) -> Result<Vec<Self>> {
        let actors: Vec<Actor> = figures.iter().map(|figure| figure.by).collect();
        let names: HashMap<Actor, String> = actor_names(conn, &actors).await?;
        let view = |figure: StockFigure| Self {
            is_fresh: figure.is_fresh(now),
            sku: figure.sku,
            quantity: figure.quantity,
            reported_by: names.get(&figure.by).cloned().unwrap_or_default(),
            reported_at: figure.reported_at,
        };
        Ok(figures.into_iter().map(view).collect())
    }
}

#[derive(Object)]
struct StockFigureList {
    items: Vec<StockFigureView>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct StockFigureInput {
    /// Units in stock, 0 or more: what can still be sold, without what is sold and not shipped yet.
    quantity: i32,
}

#[OpenApi(tag = "Tag::Sales")]
impl StockFigureApi {
    /// The stock that a provider reported
    ///
    /// The last figure of each item, by SKU; at most 1000. A figure of the last 7 days is evidence
    /// for a guarantee.
    #[oai(
        path = "/providers/:tenant/stock-figures",
        method = "get",
        operation_id = "stock_figure_list"
    )]
    async fn stock_figure_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<StockFigureList>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let figures = stock_figure::list(&mut tx, member.tenant, None).await?;
        let items = StockFigureView::of(&mut tx, figures, self.platform.clock.now()).await?;
        Ok(Json(StockFigureList { items }))
    }

    /// Report the stock of an item
    ///
    /// Replaces the figure of the item with this SKU. Report it whenever it changes, and at least
    /// every 7 days while it is to count as evidence. A figure below what approved sales guarantee
    /// and have not sold yet reopens their proofs of inventory: the sales go on, and the provider
    /// and SMP are told by email. Written to the audit log.
    ///
    /// A SKU that none of the provider's offers has is a 404.
    #[oai(
        path = "/providers/:tenant/stock-figures/:sku",
        method = "put",
        operation_id = "stock_figure_set"
    )]
    async fn stock_figure_set(
        &self,
        caller: MemberOrKey,
        tenant: Path<TenantId>,
        sku: Path<String>,
        body: Input<StockFigureInput>,
    ) -> Result<Json<StockFigureView>> {
        let now = self.platform.clock.now();
        let mut fields = FieldErrors::default();
        let message = format!("Must be from 0 to {UNITS_MAX} units");
        fields.check((0..=UNITS_MAX).contains(&body.quantity), "quantity", &message);
        fields.finish()?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        if !offers::has_sku(&mut tx, caller.tenant, &sku).await? {
            return Err(Error::NotFound("item with this SKU"));
        }
        let figure =
            StockFigure { sku: sku.0, quantity: body.quantity, by: caller.actor, reported_at: now };
        report(&mut tx, caller.tenant, &figure).await?;
        audit::record(
            &mut tx,
            caller.actor,
            caller.tenant,
            "stock_figure_set",
            &format!("item {}", figure.sku),
            &serde_json::json!({"quantity": figure.quantity}),
        )
        .await?;
        let view = StockFigureView::of(&mut tx, vec![figure], now).await?.pop();
        let view = view.ok_or_else(|| anyhow::anyhow!("a stock figure has no view"))?;
        tx.commit().await?;
        Ok(Json(view))
    }
}
