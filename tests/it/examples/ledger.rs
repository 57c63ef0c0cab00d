//! What happens before the examples of the ledger's differences.

use super::Story;

impl Story {
    /// Stripe's report has another amount than the books.
    pub(super) async fn differing(&self) {
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        sqlx::query(
            "INSERT INTO ledger_differences (id, source, kind, subject, expected_minor, found_minor,
                 currency, found_at)
             VALUES ('01a2253b-8010-7202-9310-938741650d16', 'stripe', 'payment',
                 'pi_3PgafyB7WZ01zgkW0AbCdEfG', 8400, 8399, 'EUR', $1)",
        )
        .bind(self.app.platform.clock.now())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
}
