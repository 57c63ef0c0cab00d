//! What happens before the examples of refunds that a gateway refused.

use serde_json::{Value, json};

use super::Story;

impl Story {
    pub(super) async fn before_failed_refunds(&mut self, example: &Value) {
        if example["operation"] == "refund_retry" {
            let failed = self.answers["failed_refund_list"]["items"][0]["id"].clone();
            self.bind_parameter(example, "refund", &failed);
            return;
        }
        let failed = self.refused().await;
        if example["operation"] == "refund_settle_elsewhere" {
            self.bind_parameter(example, "refund", &failed);
        }
    }

    /// The gateway refuses the newest refund after all. Gives its id.
    async fn refused(&self) -> Value {
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        let id: uuid::Uuid = sqlx::query_scalar(
            "UPDATE refunds SET state = 'failed', failure = 'The card is closed.', failed_at = $1,
                 settled_at = NULL, reference = ''
             WHERE id = (SELECT id FROM refunds WHERE state = 'succeeded'
                         ORDER BY created_at DESC LIMIT 1)
             RETURNING id",
        )
        .bind(self.app.platform.clock.now())
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "UPDATE orders o SET refunded_minor = o.refunded_minor - r.amount_minor
             FROM refunds r WHERE r.id = $1 AND o.id = r.order_id",
        )
        .bind(id)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        json!(id)
    }
}
