//! The rival: the same framework, the same sessions, the same tables, and one transaction for every
//! shopper, as most shops do it.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use poem::{
    EndpointExt, Route, Server, handler,
    http::StatusCode,
    listener::TcpListener,
    post,
    web::{Data, Json},
};
use serde::Deserialize;
use smp::platform::TtlCache;
use sqlx::{PgPool, postgres::PgPoolOptions};
use uuid::Uuid;

#[derive(Deserialize)]
struct Press {
    sale_item_id: Uuid,
    quantity: i32,
}

struct Rival {
    pool: PgPool,
    tenant: Uuid,
    sale: Uuid,
    sessions: TtlCache<String, Uuid>,
}

pub fn serve() -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let pool = PgPoolOptions::new()
            .max_connections(32)
            .after_connect(|conn, _| {
                Box::pin(async move {
                    sqlx::raw_sql("SET ROLE smp_app; SET smp.scope = 'platform'")
                        .execute(conn)
                        .await
                        .map(drop)
                })
            })
            .connect(&std::env::var("DATABASE_URL")?)
            .await?;
        let (tenant, sale) = sqlx::query_as("SELECT tenant_id, id FROM sales WHERE slug = $1")
            .bind(std::env::var("RIVAL_SALE")?)
            .fetch_one(&pool)
            .await?;
        let rival = Arc::new(Rival {
            pool,
            tenant,
            sale,
            sessions: TtlCache::fifo(200_000, Duration::from_mins(10)),
        });
        let port = std::env::var("RIVAL_PORT")?;
        let routes = Route::new().at("/holds", post(hold).get(look)).data(rival);
        Server::new(TcpListener::bind(format!("127.0.0.1:{port}")))
            .run(routes)
            .await
            .context("the rival")
    })
}

/// The account of the session that a request carries, cached.
async fn account(request: &poem::Request, rival: &Rival) -> poem::Result<Uuid> {
    let cookie = request
        .header("Cookie")
        .and_then(|cookie| cookie.strip_prefix("smp_session="))
        .unwrap_or_default()
        .to_owned();
    if let Some(account) = rival.sessions.get(&cookie) {
        return Ok(account);
    }
    let hash = smp::kernel::token::hash(&cookie);
    let account: Uuid = sqlx::query_scalar("SELECT account_id FROM sessions WHERE token_hash = $1")
        .bind(hash)
        .fetch_one(&rival.pool)
        .await
        .map_err(failed)?;
    rival.sessions.insert(cookie, account);
    Ok(account)
}

fn failed(error: sqlx::Error) -> poem::Error {
    poem::error::InternalServerError(error)
}

#[handler]
async fn look(request: &poem::Request, rival: Data<&Arc<Rival>>) -> poem::Result<StatusCode> {
    account(request, &rival).await.map(|_| StatusCode::OK)
}

#[handler]
async fn hold(
    request: &poem::Request,
    rival: Data<&Arc<Rival>>,
    press: Json<Press>,
) -> poem::Result<StatusCode> {
    let account = account(request, &rival).await?;
    let mut tx = rival.pool.begin().await.map_err(failed)?;
    let (capacity, held, sold): (i32, i32, i32) =
        sqlx::query_as("SELECT capacity, held, sold FROM stock WHERE tenant_id = $1 AND sale_item_id = $2 FOR UPDATE")
            .bind(rival.tenant)
            .bind(press.sale_item_id)
            .fetch_one(&mut *tx)
            .await
            .map_err(failed)?;
    if capacity - held - sold < press.quantity {
        return Ok(StatusCode::CONFLICT);
    }
    sqlx::query(
        "INSERT INTO holds (tenant_id, id, sale_id, sale_item_id, account_id, idempotency_key, quantity, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, now() + interval '10 minutes')",
    )
    .bind(rival.tenant)
    .bind(Uuid::now_v7())
    .bind(rival.sale)
    .bind(press.sale_item_id)
    .bind(account)
    .bind(Uuid::now_v7().to_string())
    .bind(press.quantity)
    .execute(&mut *tx)
    .await
    .map_err(failed)?;
    sqlx::query("UPDATE stock SET held = held + $3 WHERE tenant_id = $1 AND sale_item_id = $2")
        .bind(rival.tenant)
        .bind(press.sale_item_id)
        .bind(press.quantity)
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    Ok(StatusCode::CREATED)
}
