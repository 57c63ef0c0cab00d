//! The reminder to sign a new version before the contract that is in force ends, and the notice that
//! it has ended.

use serde_json::json;
use time::Duration;

use crate::{
    events,
    kernel::{ContractId, Result, TenantId},
    platform::Platform,
};

/// How long before the end the reminder is due. Who was offered the version later than that is not
/// reminded.
pub const REMIND_BEFORE: Duration = Duration::days(3);
/// Reminders of one run.
const REMINDERS_MAX: i64 = 100;

/// Publishes `contract.ended`, once, for every contract whose end has come without a newer one in
/// force. Any number of nodes may run it at once.
pub async fn tell_ended(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("ended contracts").await?;
    let ended = sqlx::query!(
        r#"
        UPDATE contracts c SET end_told_at = $1
        FROM (
            SELECT tenant_id, id FROM contracts
            WHERE state = 'countersigned' AND end_told_at IS NULL AND ends_at <= $1
            ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ) ended
        WHERE c.tenant_id = ended.tenant_id AND c.id = ended.id
        RETURNING c.tenant_id AS "tenant: TenantId", c.id AS "id: ContractId"
        "#,
        now,
        REMINDERS_MAX,
    )
    .fetch_all(&mut *tx)
    .await?;
    for contract in &ended {
        let payload = json!({"contract_id": contract.id});
        events::publish(&mut tx, contract.tenant, "contract.ended", &payload).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Publishes `contract.reminder_due` for every contract that is due for it. Any number of nodes may
/// run it at once.
pub async fn remind(platform: &Platform) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("contract reminders").await?;
    let due = sqlx::query!(
        r#"
        UPDATE contracts c SET reminded_at = $1
        FROM (
            SELECT tenant_id, id FROM contracts
            WHERE state = 'offered' AND reminded_at IS NULL AND sign_by > $1
              AND sign_by <= $2 AND offered_at <= sign_by - $3::float8 * interval '1 second'
            ORDER BY sign_by LIMIT $4 FOR UPDATE SKIP LOCKED
        ) due
        WHERE c.tenant_id = due.tenant_id AND c.id = due.id
        RETURNING c.tenant_id AS "tenant: TenantId", c.id AS "id: ContractId"
        "#,
        now,
        now + REMIND_BEFORE,
        REMIND_BEFORE.as_seconds_f64(),
        REMINDERS_MAX,
    )
    .fetch_all(&mut *tx)
    .await?;
    for contract in &due {
        let payload = json!({"contract_id": contract.id});
        events::publish(&mut tx, contract.tenant, "contract.reminder_due", &payload).await?;
    }
    tx.commit().await?;
    Ok(())
}
