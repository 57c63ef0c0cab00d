//! The proof of an item's inventory: open when a revision is submitted, then verified or refused by a
//! manager. That of an approved revision is in force until another revision takes its place.

use poem_openapi::Enum;
use sqlx::PgConnection;
use strum::IntoStaticStr;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    kernel::{AccountId, ItemId, Result, RevisionId, SaleId, SaleItemId, TenantId, token},
    sales::{Content, ContentItem, Revision, SaleKind},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, IntoStaticStr)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProofState {
    /// Waits for a manager.
    Open,
    Verified,
    /// The provider has to say more, in another submission.
    Refused,
    /// Was verified, but less is in stock by now.
    Reopened,
}

#[derive(Debug, Clone)]
pub struct Proof {
    pub revision: RevisionId,
    pub sale_item_id: SaleItemId,
    pub sale: SaleId,
    pub item: ItemId,
    /// The first day of a reservation: the units of each slot are others.
    pub slot_starts_on: Option<Date>,
    pub sku: String,
    /// Units; None: made to order, so that nothing is guaranteed.
    pub guaranteed: Option<i32>,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub state: ProofState,
    /// Units that a manager found proved.
    pub verified: Option<i32>,
    pub reason: String,
    pub decided_by: Option<AccountId>,
    pub decided_at: Option<OffsetDateTime>,
}

macro_rules! proofs {
    ($rest:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            Proof,
            r#"
            SELECT revision_id AS "revision: RevisionId",
                   sale_item_id AS "sale_item_id: SaleItemId", sale_id AS "sale: SaleId",
                   item_id AS "item: ItemId", slot_starts_on, sku, guaranteed, starts_at, ends_at,
                   state AS "state: ProofState", verified, reason,
                   decided_by AS "decided_by: AccountId", decided_at
            FROM proofs
            "# + $rest
            $(, $bind)*
        )
    };
}

/// The units that a sale guarantees of an item; None when it is made to order.
pub fn guaranteed(content: &Content, item: &ContentItem) -> Option<i32> {
    let quantity = item.guaranteed_quantity.unwrap_or(item.capacity);
    (content.kind != SaleKind::Aggregated).then_some(quantity)
}

/// Opens the proofs of a revision that is submitted. One that is verified in force stays so where the
/// revision says the same about it and asks for no more.
pub async fn open(conn: &mut PgConnection, revision: &Revision) -> Result<()> {
    let content = &revision.content.0;
    let items = &content.items;
    let ids: Vec<Uuid> = items.iter().map(|item| item.sale_item_id.0).collect();
    let item_ids: Vec<Uuid> = items.iter().map(|item| item.item_id.0).collect();
    let slots: Vec<Option<Date>> =
        items.iter().map(|item| item.slot.map(|slot| slot.starts_on)).collect();
    let skus: Vec<String> = items.iter().map(|item| item.sku.clone()).collect();
    let quantities: Vec<Option<i32>> = items.iter().map(|item| guaranteed(content, item)).collect();
    let capacities: Vec<i32> = items.iter().map(|item| item.capacity).collect();
    let hashes: Vec<String> = items.iter().map(|item| evidence_hash(content, item)).collect();
    sqlx::query!(
        "
        INSERT INTO proofs (
            tenant_id, revision_id, sale_id, starts_at, ends_at, sale_item_id, item_id,
            slot_starts_on, sku, guaranteed, evidence_hash, state, verified, reason, decided_by,
            decided_at
        )
        SELECT $1, $2, $3, $4, $5, new.sale_item_id, new.item_id, new.slot_starts_on, new.sku,
               new.guaranteed, new.evidence_hash, coalesce(old.state, 'open'), old.verified,
               coalesce(old.reason, ''), old.decided_by, old.decided_at
        FROM UNNEST(
            $6::uuid[], $7::uuid[], $8::date[], $9::text[], $10::int[], $11::text[], $12::int[]
        ) AS new (
            sale_item_id, item_id, slot_starts_on, sku, guaranteed, evidence_hash, capacity
        )
        LEFT JOIN proofs old ON old.tenant_id = $1 AND old.sale_id = $3 AND old.in_force
            AND old.sale_item_id = new.sale_item_id AND old.state = 'verified'
            AND old.evidence_hash = new.evidence_hash AND old.verified >= new.capacity
        ",
        revision.tenant.0,
        revision.id.0,
        revision.sale.0,
        content.starts_at,
        content.ends_at,
        &ids,
        &item_ids,
        &slots as &[Option<Date>],
        &skus,
        &quantities as &[Option<i32>],
        &hashes,
        &capacities,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tells whether two revisions say the same about an item's inventory.
fn evidence_hash(content: &Content, item: &ContentItem) -> String {
    let asset = item.evidence_asset_id.map(|asset| asset.to_string()).unwrap_or_default();
    let quantity = guaranteed(content, item).unwrap_or_default();
    token::content_hash(format!("{quantity}\n{asset}\n{}", item.evidence).as_bytes())
}

/// The proofs of a revision.
pub async fn of_revision(
    conn: &mut PgConnection,
    tenant: TenantId,
    revision: RevisionId,
) -> Result<Vec<Proof>> {
    let rows = proofs!("WHERE tenant_id = $1 AND revision_id = $2", tenant.0, revision.0);
    Ok(rows.fetch_all(conn).await?)
}

/// The proofs in force, of sales that are not over, of these items; at most 1000.
pub async fn in_force(
    conn: &mut PgConnection,
    tenant: TenantId,
    items: &[ItemId],
    now: OffsetDateTime,
) -> Result<Vec<Proof>> {
    let items: Vec<Uuid> = items.iter().map(|item| item.0).collect();
    let rows = proofs!(
        "WHERE tenant_id = $1 AND in_force AND item_id = ANY($2) AND ends_at > $3
         ORDER BY ends_at, sale_id LIMIT 1000",
        tenant.0,
        &items,
        now
    );
    Ok(rows.fetch_all(conn).await?)
}

/// The proofs in force, of sales that are not over, of the item with a SKU.
pub async fn in_force_of_sku(
    conn: &mut PgConnection,
    tenant: TenantId,
    sku: &str,
    now: OffsetDateTime,
) -> Result<Vec<Proof>> {
    let rows = proofs!(
        "WHERE tenant_id = $1 AND in_force AND sku = $2 AND ends_at > $3
         ORDER BY ends_at, sale_id LIMIT 1000",
        tenant.0,
        sku,
        now
    );
    Ok(rows.fetch_all(conn).await?)
}

/// What becomes of a proof.
#[derive(Debug)]
pub struct NewState<'a> {
    pub state: ProofState,
    pub verified: Option<i32>,
    pub reason: &'a str,
    /// None: the system.
    pub by: Option<AccountId>,
    pub at: OffsetDateTime,
}

/// Changes the state of a proof; nothing else does.
pub async fn set_state(
    conn: &mut PgConnection,
    tenant: TenantId,
    proof: &Proof,
    new: &NewState<'_>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE proofs SET state = $4, verified = $5, reason = $6, decided_by = $7, decided_at = $8
         WHERE tenant_id = $1 AND revision_id = $2 AND sale_item_id = $3",
        tenant.0,
        proof.revision.0,
        proof.sale_item_id.0,
        <&str>::from(new.state),
        new.verified,
        new.reason,
        new.by.map(|by| by.0),
        new.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts the proofs of an approved revision into force, instead of those of the sale's others.
pub async fn put_into_force(conn: &mut PgConnection, revision: &Revision) -> Result<()> {
    sqlx::query!(
        "UPDATE proofs SET in_force = revision_id = $3
         WHERE tenant_id = $1 AND sale_id = $2 AND in_force <> (revision_id = $3)",
        revision.tenant.0,
        revision.sale.0,
        revision.id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The verified quantity of each item of a sale's approved revision, in units. Of a redirect sale, it
/// is what the purchases that its provider reports count against.
pub async fn verified_quantities(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<(SaleItemId, i32)>> {
    let rows = sqlx::query!(
        r#"SELECT sale_item_id, verified AS "verified!" FROM proofs
           WHERE tenant_id = $1 AND sale_id = $2 AND in_force AND verified IS NOT NULL
           ORDER BY sale_item_id"#,
        tenant.0,
        sale.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (SaleItemId(row.sale_item_id), row.verified)).collect())
}
