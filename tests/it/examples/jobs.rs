//! What happens before the examples of jobs.

use super::Story;

impl Story {
    /// Two messages that the mail server did not take: jobs whose last try failed.
    pub(super) async fn jobs_that_fail(&self) {
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        sqlx::query(
            r#"
            INSERT INTO graphile_worker._private_jobs
                (id, task_id, payload, attempts, max_attempts, last_error, run_at) OVERRIDING SYSTEM VALUE
            SELECT nth, t.id, '{}', 1, 12, 'TaskError("\"connection refused\"")', '2100-01-01T09:00:00Z'::timestamptz
            FROM graphile_worker._private_tasks t, generate_series(4711, 4712) AS nth
            WHERE t.identifier = 'message_send'
            "#,
        )
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
}
