//! What visitors do on a sale's page: visits, time in view, favourites and shares.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::interactions::{Interaction, InteractionKind, ShareChannel, record_interactions};
use crate::{
    kernel::{
        AccessPointId, Error, Result, SaleId, TenantId, VisitId, VisitorId,
        limits::VISIT_SECONDS_MAX,
    },
    platform::{BatchLoader, Db, Platform},
};

/// One visit of a sale's page.
#[derive(Debug, Clone, Copy)]
pub struct NewVisit {
    pub tenant: TenantId,
    pub id: VisitId,
    pub sale: SaleId,
    /// None: the visitor came through no access point.
    pub access_point: Option<AccessPointId>,
    pub visitor: VisitorId,
    pub started_at: OffsetDateTime,
}

/// Records visits, those that begin at the same time in one statement. Cheap to clone.
#[derive(Clone)]
pub struct VisitRecorder(BatchLoader<NewVisit, ()>);

impl VisitRecorder {
    pub fn new(platform: &Platform) -> Self {
        let db = platform.db.clone();
        let (visits, writing) =
            BatchLoader::new("visits", move |visits| insert(db.clone(), visits));
        tokio::spawn(writing);
        Self(visits)
    }

    /// Records a visit. It is committed when this returns; a failure is a 503.
    pub async fn record(&self, visit: NewVisit) -> Result<()> {
        self.0.load(visit).await
    }
}

async fn insert(db: Db, visits: Vec<NewVisit>) -> Result<Vec<()>> {
    let of = |id: fn(&NewVisit) -> Uuid| visits.iter().map(id).collect::<Vec<_>>();
    let access_points: Vec<Option<Uuid>> =
        visits.iter().map(|visit| visit.access_point.map(|point| point.0)).collect();
    let started: Vec<OffsetDateTime> = visits.iter().map(|visit| visit.started_at).collect();
    let mut tx = db.platform("visits").await?;
    sqlx::query!(
        "INSERT INTO visits (tenant_id, id, sale_id, access_point_id, visitor_id, started_at)
         SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[],
                              $6::timestamptz[])",
        &of(|visit| visit.tenant.0),
        &of(|visit| visit.id.0),
        &of(|visit| visit.sale.0),
        &access_points as &[Option<Uuid>],
        &of(|visit| visit.visitor.0),
        &started,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(vec![(); visits.len()])
}

/// Records how long the page has been in view so far. The time never decreases.
pub async fn record_seconds_on_page(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    visit: VisitId,
    seconds: i32,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE visits SET seconds_on_page = greatest(seconds_on_page, $4)
         WHERE tenant_id = $1 AND sale_id = $2 AND id = $3",
        tenant.0,
        sale.0,
        visit.0,
        seconds.clamp(0, VISIT_SECONDS_MAX),
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 { Err(Error::NotFound("visit")) } else { Ok(()) }
}

/// Adds a sale to a visitor's favourites, or removes it. Returns how many visitors have it among
/// theirs.
pub async fn set_favourite(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    visitor: VisitorId,
    visit: Option<VisitId>,
    on: bool,
    now: OffsetDateTime,
) -> Result<i64> {
    let changed = if on {
        sqlx::query!(
            "INSERT INTO favourites (tenant_id, sale_id, visitor_id, created_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            tenant.0,
            sale.0,
            visitor.0,
            now
        )
        .execute(&mut *conn)
        .await?
    } else {
        sqlx::query!(
            "DELETE FROM favourites WHERE tenant_id = $1 AND sale_id = $2 AND visitor_id = $3",
            tenant.0,
            sale.0,
            visitor.0
        )
        .execute(&mut *conn)
        .await?
    };
    if changed.rows_affected() > 0 {
        let kind = if on { InteractionKind::Favourite } else { InteractionKind::Unfavourite };
        let liked = interaction(Uuid::now_v7(), sale, visit, kind, now);
        record_interactions(conn, tenant, &[liked]).await?;
    }
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM favourites WHERE tenant_id = $1 AND sale_id = $2"#,
        tenant.0,
        sale.0
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// A visitor's share of a sale.
pub struct Share {
    pub sale: SaleId,
    pub visitor: VisitorId,
    pub visit: Option<VisitId>,
    pub channel: ShareChannel,
    pub at: OffsetDateTime,
}

/// Records a share. It counts once for each channel, whatever the visitor does again.
pub async fn record_share(conn: &mut PgConnection, tenant: TenantId, share: Share) -> Result<()> {
    // One id for each visitor, sale and channel: random bits stay random under XOR.
    let channel = share.channel as u128 + 1;
    let id = Uuid::from_u128(share.visitor.0.as_u128() ^ share.sale.0.as_u128() ^ channel);
    let shared = interaction(id, share.sale, share.visit, InteractionKind::Share, share.at);
    let shared = Interaction { channel: Some(share.channel), ..shared };
    record_interactions(conn, tenant, &[shared]).await
}

fn interaction(
    id: Uuid,
    sale: SaleId,
    visit: Option<VisitId>,
    kind: InteractionKind,
    at: OffsetDateTime,
) -> Interaction {
    Interaction {
        id,
        sale,
        visit: visit.map(|visit| visit.0),
        kind,
        at,
        quantity: 1,
        subject: None,
        amount: None,
        channel: None,
    }
}
