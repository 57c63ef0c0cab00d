//! What happens before the examples of disputes.

use super::Story;

impl Story {
    /// The bank of the shopper who paid first disputes the payment.
    pub(super) async fn disputed(&self) {
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        sqlx::query(
            "INSERT INTO disputes (id, gateway, reference, payment_id, order_id, amount_minor, currency,
                 reason, state, evidence_due_at, opened_at, check_at, looked_at, updated_at)
             SELECT '01a2253b-8010-7202-9310-938741650d15', 'stripe', 'du_1PgafyB7WZ01zgkW', id, order_id,
                    amount_minor, currency, 'product_not_received', 'needs_response',
                    $1 + interval '7 days', $1, $1, $1, $1
             FROM payments WHERE state = 'succeeded' ORDER BY created_at LIMIT 1",
        )
        .bind(self.app.platform.clock.now())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// The bank only asks.
    pub(super) async fn asked_by_a_bank(&self) {
        let state =
            "UPDATE disputes SET state = 'warning_needs_response' RETURNING to_jsonb(state)";
        self.app.query(state).await;
    }
}
