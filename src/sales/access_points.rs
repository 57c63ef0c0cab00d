//! Access points: one tracked link for each placement of a sale.

use poem_openapi::{ApiResponse, Enum, Object, OpenApi, param::Path, payload::Json};
use serde_json::json;
use sqlx::PgConnection;
use strum::IntoStaticStr;
use time::OffsetDateTime;

use super::store;
use crate::{
    access::{Member, Tag, audit},
    events,
    kernel::{
        AccessPointId, Error, FieldErrors, Input, Result, SaleId, TenantId,
        limits::ACCESS_POINT_NAME_CHARS_MAX, token, validate,
    },
    platform::{Platform, PublicPath},
};

/// Characters of a code: short enough to type, long enough that codes do not collide.
const CODE_CHARS: usize = 8;
/// Most access points of one sale.
const PER_SALE_MAX: i64 = 200;

pub struct AccessPointsApi {
    pub platform: Platform,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
enum Placement {
    Social,
    Newsletter,
    Landing,
    Sidebar,
    Other,
}

impl Placement {
    /// The path of a link: a landing page has its own, the other placements go straight to the
    /// sale.
    fn path(self, code: &str) -> PublicPath<'_> {
        if self == Self::Landing {
            PublicPath::LandingPage { code }
        } else {
            PublicPath::AccessPoint { code }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
enum AccessPointState {
    Active,
    Retired,
}

/// One tracked link to a sale.
#[derive(Object)]
#[oai(rename = "AccessPoint")]
struct AccessPointView {
    id: AccessPointId,
    /// The last part of the link.
    code: String,
    placement: Placement,
    name: String,
    state: AccessPointState,
    /// The link to publish.
    url: String,
    created_at: OffsetDateTime,
}

#[derive(Object)]
struct AccessPointList {
    items: Vec<AccessPointView>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct AccessPointInput {
    /// Where the link is published.
    placement: Placement,
    /// At most 120 characters.
    name: String,
}

#[derive(ApiResponse)]
enum AccessPointCreated {
    /// Created.
    #[oai(status = 201)]
    Created(Json<AccessPointView>),
}

struct AccessPointRow {
    id: AccessPointId,
    code: String,
    placement: Placement,
    name: String,
    state: AccessPointState,
    created_at: OffsetDateTime,
}

macro_rules! access_point_rows {
    ($rest:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            AccessPointRow,
            r#"
            SELECT id AS "id: AccessPointId", code, placement AS "placement: Placement", name,
                   state AS "state: AccessPointState", created_at
            FROM access_points
            "# + $rest
            $(, $bind)*
        )
    };
}

#[OpenApi(tag = "Tag::Sales")]
impl AccessPointsApi {
    /// A sale's access points, newest first
    ///
    /// The sale's tracked links, retired ones included; at most 200.
    #[oai(
        path = "/providers/:tenant/sales/:sale/access-points",
        method = "get",
        operation_id = "access_point_list"
    )]
    async fn access_point_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<Json<AccessPointList>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sale = store::get(&mut tx, member.tenant, sale.0, self.platform.clock.now()).await?;
        let rows = access_point_rows!(
            "WHERE tenant_id = $1 AND sale_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3",
            member.tenant.0,
            sale.id.0,
            PER_SALE_MAX
        );
        let items = rows.fetch_all(&mut *tx).await?.into_iter().map(|row| self.view(row)).collect();
        Ok(Json(AccessPointList { items }))
    }

    /// Create a tracked link to a sale
    ///
    /// Makes a link with a code of its own for one placement, so that visits and purchases are
    /// counted by it. A `landing` link has a page of its own, the other placements lead straight to
    /// the sale. Written to the audit log.
    ///
    /// A sale has at most 200 access points: 409 `urn:smp:too_many`. Not idempotent.
    #[oai(
        path = "/providers/:tenant/sales/:sale/access-points",
        method = "post",
        operation_id = "access_point_create"
    )]
    async fn access_point_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        body: Input<AccessPointInput>,
    ) -> Result<AccessPointCreated> {
        let mut fields = FieldErrors::default();
        let name = validate::text(&mut fields, "name", &body.name, 1, ACCESS_POINT_NAME_CHARS_MAX);
        fields.finish()?;
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sale = store::get_locked(&mut tx, member.tenant, sale.0, now).await?;
        let id = create(&mut tx, member.tenant, sale.id, body.placement, &name, now).await?;
        let placement = <&str>::from(body.placement);
        let details = json!({"sale": sale.id, "placement": placement, "name": name});
        audit::record(
            &mut tx,
            member.actor(),
            member.tenant,
            "access_point_create",
            &format!("access_point {id}"),
            &details,
        )
        .await?;
        let row = access_point_rows!("WHERE tenant_id = $1 AND id = $2", member.tenant.0, id.0)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(AccessPointCreated::Created(Json(self.view(row))))
    }

    /// Retire a tracked link
    ///
    /// Takes a link out of use for good; its figures stay. Written to the audit log. Retiring it
    /// again changes nothing.
    #[oai(
        path = "/providers/:tenant/sales/:sale/access-points/:access_point/retire",
        method = "post",
        operation_id = "access_point_retire"
    )]
    async fn access_point_retire(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        access_point: Path<AccessPointId>,
    ) -> Result<Json<AccessPointView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let (sale, id) = (sale.0, access_point.0);
        let row = access_point_rows!(
            "WHERE tenant_id = $1 AND sale_id = $2 AND id = $3 FOR UPDATE",
            member.tenant.0,
            sale.0,
            id.0
        )
        .fetch_optional(&mut *tx)
        .await?;
        let row = row.ok_or(Error::NotFound("access point"))?;
        if row.state == AccessPointState::Active {
            sqlx::query!(
                "UPDATE access_points SET state = 'retired' WHERE tenant_id = $1 AND id = $2",
                member.tenant.0,
                id.0
            )
            .execute(&mut *tx)
            .await?;
            events::publish(
                &mut tx,
                member.tenant,
                "access_point.retired",
                &json!({"sale_id": sale, "access_point_id": id}),
            )
            .await?;
            audit::record(
                &mut tx,
                member.actor(),
                member.tenant,
                "access_point_retire",
                &format!("access_point {id}"),
                &json!({"name": row.name}),
            )
            .await?;
            tx.commit().await?;
        }
        Ok(Json(self.view(AccessPointRow { state: AccessPointState::Retired, ..row })))
    }
}

impl AccessPointsApi {
    fn view(&self, row: AccessPointRow) -> AccessPointView {
        AccessPointView {
            url: self.platform.public_url(row.placement.path(&row.code)),
            id: row.id,
            code: row.code,
            placement: row.placement,
            name: row.name,
            state: row.state,
            created_at: row.created_at,
        }
    }
}

/// The caller has locked the sale's row, so that the count stays true.
async fn create(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    placement: Placement,
    name: &str,
    now: OffsetDateTime,
) -> Result<AccessPointId> {
    let id = AccessPointId::new();
    let inserted = sqlx::query!(
        "
        INSERT INTO access_points (tenant_id, id, sale_id, code, placement, name, created_at)
        SELECT $1, $2, $3, $4, $5, $6, $7
        WHERE (SELECT count(*) FROM access_points WHERE tenant_id = $1 AND sale_id = $3) < $8
        ",
        tenant.0,
        id.0,
        sale.0,
        token::short_code(CODE_CHARS),
        <&str>::from(placement),
        name,
        now,
        PER_SALE_MAX,
    )
    .execute(conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Error::conflict(
            "too_many",
            format!("A sale has at most {PER_SALE_MAX} access points; use an existing one."),
        ));
    }
    Ok(id)
}
