//! Rules of commission, and the commission that was frozen on a line, in SQL.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rules;
use crate::{
    kernel::{
        AccountId, CommissionRuleId, Error, LineId, Result, SaleId, TenantId,
        limits::COMMISSION_RULES_MAX,
    },
    sales::SaleKind,
};

/// What SMP takes, and of what. Of several rules that fit a line the most specific counts: one for its sale,
/// for its provider and kind, its provider, its kind, for all; among equal ones that for its currency.
#[derive(Debug, Clone)]
pub struct CommissionRule {
    pub id: CommissionRuleId,
    pub provider: Option<TenantId>,
    pub provider_name: Option<String>,
    pub kind: Option<SaleKind>,
    pub sale: Option<SaleId>,
    pub sale_slug: Option<String>,
    pub currency: Option<String>,
    /// Millionths of a line.
    pub ppm: i32,
    /// A unit, in minor units of the currency.
    pub fixed_minor: i64,
    pub set_at: OffsetDateTime,
}

/// A rule to set.
#[derive(Debug)]
pub struct NewCommissionRule<'a> {
    pub provider: Option<TenantId>,
    pub kind: Option<SaleKind>,
    pub sale: Option<SaleId>,
    pub currency: Option<&'a str>,
    pub ppm: i32,
    pub fixed_minor: i64,
    pub by: AccountId,
}

/// The rules, the most general first. Platform scope.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<CommissionRule>> {
    Ok(sqlx::query_as!(
        CommissionRule,
        r#"SELECT r.id AS "id!: CommissionRuleId", r.provider_id AS "provider?: TenantId",
                  p.name AS "provider_name?", r.kind AS "kind?: SaleKind",
                  r.sale_id AS "sale?: SaleId", s.slug AS "sale_slug?",
                  r.currency AS "currency?", r.ppm AS "ppm!", r.fixed_minor AS "fixed_minor!",
                  r.set_at AS "set_at!"
           FROM commission_rules r
           LEFT JOIN providers p ON p.tenant_id = r.provider_id
           LEFT JOIN sales s ON s.tenant_id = r.provider_id AND s.id = r.sale_id
           ORDER BY r.sale_id IS NOT NULL, p.name NULLS FIRST, r.kind NULLS FIRST,
               r.currency NULLS FIRST, r.id
           LIMIT $1"#,
        COMMISSION_RULES_MAX,
    )
    .fetch_all(conn)
    .await?)
}

/// Sets the rule of a scope; the one that it had is replaced. Returns its id. Platform scope.
pub async fn set(
    conn: &mut PgConnection,
    new: &NewCommissionRule<'_>,
    now: OffsetDateTime,
) -> Result<CommissionRuleId> {
    let set = sqlx::query_scalar!(
        r#"INSERT INTO commission_rules
               (id, provider_id, kind, sale_id, currency, ppm, fixed_minor, set_by, set_at)
           SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
           WHERE (SELECT count(*) FROM commission_rules) < $10
           ON CONFLICT ON CONSTRAINT commission_rules_scope_key DO UPDATE
               SET ppm = EXCLUDED.ppm, fixed_minor = EXCLUDED.fixed_minor,
                   set_by = EXCLUDED.set_by, set_at = EXCLUDED.set_at
           RETURNING id AS "id: CommissionRuleId""#,
        CommissionRuleId::new().0,
        new.provider.map(|provider| provider.0),
        new.kind.map(<&str>::from),
        new.sale.map(|sale| sale.0),
        new.currency,
        new.ppm,
        new.fixed_minor,
        new.by.0,
        now,
        COMMISSION_RULES_MAX,
    )
    .fetch_optional(conn)
    .await?;
    set.ok_or_else(|| {
        let detail = format!("There are {COMMISSION_RULES_MAX} rules already; delete one first.");
        Error::conflict("too_many_rules", detail)
    })
}

/// Deletes a rule; unknown is an error. Platform scope.
pub async fn delete(conn: &mut PgConnection, id: CommissionRuleId) -> Result<()> {
    let deleted = sqlx::query!("DELETE FROM commission_rules WHERE id = $1", id.0);
    if deleted.execute(conn).await?.rows_affected() == 0 {
        return Err(Error::NotFound("commission rule"));
    }
    Ok(())
}

/// A line that is being confirmed.
#[derive(Debug)]
pub struct CommissionedLine<'a> {
    pub tenant: TenantId,
    pub line: LineId,
    pub sale: SaleId,
    pub quantity: i32,
    /// What commission is taken of, in minor units.
    pub base_minor: i64,
    pub currency: &'a str,
}

/// Freezes the commission of lines by the rules of now; returns it by line, in minor units. Platform scope.
pub async fn freeze(
    conn: &mut PgConnection,
    lines: &[CommissionedLine<'_>],
) -> Result<HashMap<LineId, i64>> {
    let tenants: Vec<Uuid> = lines.iter().map(|line| line.tenant.0).collect();
    let ids: Vec<Uuid> = lines.iter().map(|line| line.line.0).collect();
    let sales: Vec<Uuid> = lines.iter().map(|line| line.sale.0).collect();
    let currencies: Vec<String> = lines.iter().map(|line| line.currency.to_owned()).collect();
    let found = sqlx::query!(
        r#"SELECT l.nth AS "nth!", coalesce(r.ppm, 0) AS "ppm!",
                  coalesce(r.fixed_minor, 0) AS "fixed_minor!"
           FROM UNNEST($1::uuid[], $2::uuid[], $3::text[])
               WITH ORDINALITY AS l (tenant_id, sale_id, currency, nth)
           LEFT JOIN sales s ON s.tenant_id = l.tenant_id AND s.id = l.sale_id
           LEFT JOIN LATERAL (
               SELECT c.ppm, c.fixed_minor FROM commission_rules c
               WHERE (c.provider_id IS NULL OR c.provider_id = l.tenant_id)
                 AND (c.kind IS NULL OR c.kind = s.kind)
                 AND (c.sale_id IS NULL OR c.sale_id = l.sale_id)
                 AND (c.currency IS NULL OR c.currency = l.currency)
               ORDER BY c.sale_id IS NULL, c.provider_id IS NULL, c.kind IS NULL,
                   c.currency IS NULL
               LIMIT 1
           ) r ON true
           ORDER BY l.nth"#,
        &tenants,
        &sales,
        &currencies,
    )
    .fetch_all(&mut *conn)
    .await?;
    let amounts: Vec<i64> = lines
        .iter()
        .zip(&found)
        .map(|(line, rule)| {
            rules::commission_minor(line.base_minor, line.quantity, rule.ppm, rule.fixed_minor)
        })
        .collect();
    let ppms: Vec<i32> = found.iter().map(|rule| rule.ppm).collect();
    let fixed: Vec<i64> = found.iter().map(|rule| rule.fixed_minor).collect();
    sqlx::query!(
        "INSERT INTO line_commissions (tenant_id, line_id, ppm, fixed_minor, amount_minor)
         SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::int[], $4::bigint[], $5::bigint[])
         ON CONFLICT (tenant_id, line_id) DO NOTHING",
        &tenants,
        &ids,
        &ppms,
        &fixed,
        &amounts,
    )
    .execute(conn)
    .await?;
    Ok(lines.iter().map(|line| line.line).zip(amounts).collect())
}

/// The commission that was frozen on lines, in minor units; a line of before there were rules has none.
/// Platform scope.
pub async fn commissions_of(
    conn: &mut PgConnection,
    lines: &[(TenantId, LineId)],
) -> Result<HashMap<LineId, i64>> {
    let tenants: Vec<Uuid> = lines.iter().map(|(tenant, _)| tenant.0).collect();
    let ids: Vec<Uuid> = lines.iter().map(|(_, line)| line.0).collect();
    let rows = sqlx::query!(
        r#"SELECT c.line_id AS "line!: LineId", c.amount_minor AS "amount_minor!"
           FROM UNNEST($1::uuid[], $2::uuid[]) AS asked (tenant_id, line_id)
           JOIN line_commissions c
               ON c.tenant_id = asked.tenant_id AND c.line_id = asked.line_id"#,
        &tenants,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.line, row.amount_minor)).collect())
}
