//! The emails that follow a registration: the confirmation, the reminder, the notice at the start.

use serde_json::{Value, json};
use smp::{notifications, sales};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::support::stage::{ApprovedSale, Stage, at};

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_confirmed_by_one_email() {
    let (stage, sale) = Stage::with_open_registration().await;
    let (ada, eve) = (stage.app.shopper("Ada").await, stage.app.shopper("Eve").await);
    ada.put(&sale.registration(), &json!({})).await.json(201);
    ada.put(&sale.registration(), &json!({})).await.json(200);
    eve.put(&sale.registration(), &json!({})).await.json(201);
    eve.delete(&sale.registration()).await.expect(204);
    stage.app.run_jobs().await;
    let told = stage
        .app
        .query(
            "SELECT jsonb_build_object('subject', subject, 'text', body_text) FROM messages
         WHERE template = 'registered'",
        )
        .await;
    assert_eq!(
        (told.len(), &told[0]["subject"]),
        (1, &json!("You are registered for Stoneware at dawn"))
    );
    let text = told[0]["text"].as_str().unwrap();
    assert!(text.contains("We’ll remind you one day before") && !text.contains('<'), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shopper_is_reminded_once_even_after_a_crash() {
    let (stage, sale) = Stage::with_open_registration().await;
    crowd(&stage, &sale, 2_000).await;
    // A worker has been here: the queue knows its jobs by name.
    stage.app.run_jobs().await;
    write_due(&stage).await;
    assert_eq!(emails(&stage, "sale_reminder").await, (0, 0, 0), "too early");
    stage.advance(Duration::days(2));
    latecomer(&stage, &sale).await;

    // A node that dies with a batch in hand has written nothing.
    let platform = &stage.app.platform;
    let mut tx = platform.db.platform("test").await.unwrap();
    let mailing =
        sales::RegistrationMailing::due(&mut tx, platform.clock.now()).await.unwrap().remove(0);
    let mut written = notifications::Written::default();
    for _ in 0..2 {
        written =
            notifications::write_batch(&mut tx, platform, &stage.app.themes, &mailing, written)
                .await
                .unwrap()
                .expect("there are more recipients");
    }
    drop(tx);
    assert_eq!(emails(&stage, "sale_reminder").await, (0, 0, 0), "nothing was committed");

    // One node has a batch in hand while two others work; then it dies too.
    let mut slow = platform.db.platform("test").await.unwrap();
    notifications::write_batch(
        &mut slow,
        platform,
        &stage.app.themes,
        &mailing,
        notifications::Written::default(),
    )
    .await
    .unwrap();
    tokio::join!(write_due(&stage), write_due(&stage));
    assert_eq!(
        emails(&stage, "sale_reminder").await,
        (1_500, 1_500, 1_500),
        "what one has in hand the others pass over"
    );
    drop(slow);
    tokio::join!(write_due(&stage), write_due(&stage), write_due(&stage));
    assert_eq!(emails(&stage, "sale_reminder").await, (2_000, 2_000, 2_000));

    // A round is over once nobody can be missing, and stays over.
    stage.advance(Duration::minutes(2));
    write_due(&stage).await;
    write_due(&stage).await;
    assert_eq!(emails(&stage, "sale_reminder").await, (2_000, 2_000, 2_000));
    let done = stage
        .app
        .query("SELECT to_jsonb(kind) FROM registration_mailings WHERE done_at IS NOT NULL")
        .await;
    assert_eq!(done, [json!("reminder")]);

    stage.advance(Duration::days(1));
    tokio::join!(write_due(&stage), write_due(&stage));
    assert_eq!(
        emails(&stage, "sale_started").await,
        (2_001, 2_001, 2_001),
        "at the start latecomers are told too"
    );
    let sample = stage
        .app
        .query(
            "SELECT jsonb_build_object('text', body_text, 'html', body_html, 'subject', subject)
         FROM messages
         WHERE template = 'sale_reminder' AND recipient = 'crowd-7@test.example'",
        )
        .await;
    let (text, html) = (sample[0]["text"].as_str().unwrap(), sample[0]["html"].as_str().unwrap());
    assert!(
        text.starts_with("Hello Crowd <7>,") && html.contains("Hello Crowd &lt;7&gt;,"),
        "{text}\n{html}"
    );
    assert!(
        !text.contains('\u{E000}') && !html.contains('\u{E000}') && text.contains(&sale.slug),
        "{text}"
    );
}

/// One who registers when reminders are due already.
async fn latecomer(stage: &Stage, sale: &ApprovedSale) {
    let mut tx = stage.app.platform.db.platform("test").await.unwrap();
    let late = stage.app.account("late", &[]).await.1;
    sqlx::query(
        "INSERT INTO registrations (tenant_id, sale_id, account_id, created_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(stage.tenant.0)
    .bind(sale.id.0)
    .bind(late.0)
    .bind(stage.app.platform.clock.now())
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_sale_reminds_nobody_and_a_moved_one_at_its_new_time() {
    let (stage, sale) = Stage::with_open_registration().await;
    crowd(&stage, &sale, 3).await;
    let (reason, counts) = (json!({"reason": "The kiln broke."}), |n: i64| (n, n.min(3), n));
    let start = |input: &Value| {
        OffsetDateTime::parse(input["starts_at"].as_str().unwrap(), &Rfc3339).unwrap()
    };
    let moved_by = |days| {
        let mut input = stage.with(&json!({"slug": null}));
        input["starts_at"] = at(start(&stage.input) + Duration::days(days)).into();
        input["ends_at"] = at(start(&stage.input) + Duration::days(days + 1)).into();
        input
    };
    stage.editor.put_newest(&sale.path, &moved_by(2)).await.json(200);
    stage.approve(&sale.path).await;
    stage.advance(Duration::days(2));
    write_due(&stage).await;
    assert_eq!(
        emails(&stage, "sale_reminder").await,
        counts(0),
        "the old time is no time any more"
    );

    stage.advance(Duration::days(2));
    stage.manager.post(&format!("{}/halt", sale.path), &reason).await.json(200);
    write_due(&stage).await;
    assert_eq!(emails(&stage, "sale_reminder").await, counts(0), "halted");
    stage.manager.post(&format!("{}/resume", sale.path), &json!({})).await.json(200);
    stage.app.set_state(stage.tenant, "providers", "suspended").await;
    write_due(&stage).await;
    assert_eq!(
        emails(&stage, "sale_reminder").await,
        counts(0),
        "a suspended provider sells nothing"
    );
    stage.app.set_state(stage.tenant, "providers", "approved").await;
    write_due(&stage).await;
    write_due(&stage).await;
    assert_eq!(emails(&stage, "sale_reminder").await, counts(3));

    // What was said is wrong now: they hear of the new start, once.
    stage.editor.put_newest(&sale.path, &moved_by(4)).await.json(200);
    stage.approve(&sale.path).await;
    write_due(&stage).await;
    assert_eq!(emails(&stage, "sale_reminder").await, counts(3));
    stage.advance(Duration::days(2));
    write_due(&stage).await;
    write_due(&stage).await;
    assert_eq!(emails(&stage, "sale_reminder").await, counts(6));

    stage.manager.post(&format!("{}/cancel", sale.path), &reason).await.json(200);
    stage.advance(Duration::days(1));
    write_due(&stage).await;
    assert_eq!(emails(&stage, "sale_started").await, counts(0), "a cancelled sale does not start");
}

/// Registers many shoppers now, straight in the database.
async fn crowd(stage: &Stage, sale: &ApprovedSale, count: i32) {
    let mut tx = stage.app.platform.db.platform("test").await.unwrap();
    sqlx::query(
        "WITH people AS (
             INSERT INTO accounts (id, email, name, email_verified_at)
             SELECT gen_random_uuid(), 'crowd-' || n || '@test.example', 'Crowd <' || n || '>', now()
             FROM generate_series(1, $4) AS n
             RETURNING id
         )
         INSERT INTO registrations (tenant_id, sale_id, account_id, created_at)
         SELECT $1, $2, id, $3 FROM people",
    )
    .bind(stage.tenant.0)
    .bind(sale.id.0)
    .bind(stage.app.platform.clock.now())
    .bind(count)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// The emails of a template: their number, that of their recipients, and that of the jobs that send
/// them.
async fn emails(stage: &Stage, template: &str) -> (i64, i64, i64) {
    let mut tx = stage.app.platform.db.platform("test").await.unwrap();
    sqlx::query_as(
        "SELECT count(*), count(DISTINCT m.recipient), count(j.id)
         FROM messages m
         LEFT JOIN graphile_worker_bulk._private_jobs j ON j.payload->>'message_id' = m.id::text
         WHERE m.template = $1",
    )
    .bind(template)
    .fetch_one(&mut *tx)
    .await
    .unwrap()
}

async fn write_due(stage: &Stage) {
    notifications::write_due(&stage.app.platform, &stage.app.themes).await.unwrap();
}
