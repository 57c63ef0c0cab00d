//! Jobs of the queue that fail, as SMP's team sees them, and what operators scrape of the lanes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, TestApp};

/// A job that fails whenever it is tried: it delivers an event that is not there.
async fn broken_job(app: &TestApp, job: &str) {
    let tenant = app.provider("atelier").await;
    let mut tx = app.platform.db.platform("test").await.unwrap();
    sqlx::query(
        "SELECT queue_job($2, json_build_object('tenant_id', $1::uuid, 'sequence', 999), 2)",
    )
    .bind(tenant.0)
    .bind(job)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn try_all(app: &TestApp) {
    // The next try waits for some seconds.
    let mut tx = app.platform.db.platform("test").await.unwrap();
    for queue in [
        "UPDATE graphile_worker._private_jobs SET run_at = now()",
        "UPDATE graphile_worker_bulk._private_jobs SET run_at = now()",
    ] {
        sqlx::query(queue).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    for lane in smp::worker::lanes(&app.platform, &app.themes).await.unwrap() {
        lane.run_once().await.unwrap();
    }
}

async fn listed(manager: &Client, query: &str) -> Vec<Value> {
    let page = manager.get(&format!("/api/v1/jobs{query}")).await.json(200);
    page["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_always_fails_ends_in_a_list_and_can_be_retried_or_discarded() {
    retried_and_discarded("prompt", "event_deliver").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_does_one_in_bulk() {
    retried_and_discarded("bulk", "event_deliver_bulk").await;
}

async fn retried_and_discarded(lane: &str, identifier: &str) {
    let app = TestApp::start().await;
    let manager = app.staff("manager").await;
    broken_job(&app, identifier).await;
    assert!(listed(&manager, "").await.is_empty(), "it has not failed yet");

    try_all(&app).await;
    let job = listed(&manager, "").await.remove(0);
    assert_eq!(
        (&job["job"], &job["lane"], &job["state"], &job["attempts"], &job["error"]),
        (
            &json!(identifier),
            &json!(lane),
            &json!("retrying"),
            &json!(1),
            &json!("there is no such event")
        )
    );
    assert!(job["next_try_at"].is_string());

    try_all(&app).await;
    assert!(listed(&manager, "?state=retrying").await.is_empty());
    let given_up = listed(&manager, "?state=given_up").await.remove(0);
    assert_eq!((&given_up["attempts"], &given_up["next_try_at"]), (&json!(2), &Value::Null));
    try_all(&app).await;
    assert_eq!(listed(&manager, "").await[0]["attempts"], 2, "it is tried no more");

    // Retried, it has all its tries before it.
    let at = format!("/api/v1/jobs/{lane}/{}", job["id"]);
    let elsewhere = format!("/api/v1/jobs/rehearsals/{}/retry", job["id"]);
    manager.post(&elsewhere, &json!({})).await.problem(404);
    app.staff("support").await.post(&format!("{at}/retry"), &json!({})).await.problem(403);
    manager.post(&format!("{at}/retry"), &json!({})).await.expect(204);
    try_all(&app).await;
    let job = listed(&manager, "").await.remove(0);
    assert_eq!((&job["state"], &job["attempts"]), (&json!("retrying"), &json!(1)));

    manager.delete(&at).await.expect(204);
    assert!(listed(&manager, "").await.is_empty());
    assert_eq!(manager.delete(&at).await.problem(404), "not_found");
    let audit = manager.get("/api/v1/audit").await.json(200);
    let actions: Vec<_> =
        audit["items"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions[..2], [json!("job_discard"), json!("job_retry")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_what_waits_in_each_lane() {
    let app = TestApp::start().await;
    broken_job(&app, "event_deliver").await;
    smp::jobs::measure(&app.platform).await.unwrap();
    let metrics = app.operator().get("/metrics").await.expect(200).to_owned();
    for line in [
        "smp_jobs_waiting{lane=\"prompt\"} 1",
        "smp_jobs_waiting{lane=\"bulk\"} 0",
        "smp_jobs_given_up{lane=\"prompt\"} 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

/// The rounds of the jobs of one kind, in the order in which they were added.
async fn rounds(app: &TestApp, tenant: smp::kernel::TenantId) -> Vec<i64> {
    app.query("SELECT jsonb_build_object('tenant', j.payload->>'tenant_id', 'round', j.priority) FROM graphile_worker._private_jobs j ORDER BY j.id")
        .await
        .iter()
        .filter(|job| job["tenant"] == tenant.to_string())
        .map(|job| job["round"].as_i64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_many_events_lets_others_go_first() {
    let app = TestApp::start().await;
    let (busy, quiet) = (app.provider("busy").await, app.provider("quiet").await);
    let publish = async |tenant| {
        let mut tx = app.platform.db.tenant(tenant).await.unwrap();
        smp::events::publish(&mut tx, tenant, "test.happened", &json!({})).await.unwrap();
        tx.commit().await.unwrap();
    };
    publish(busy).await;
    // So many that some seconds more or less make no difference.
    let mut tx = app.platform.db.tenant(busy).await.unwrap();
    sqlx::query("UPDATE event_counters SET backlog = 100000, backlog_at = now()")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    publish(busy).await;
    publish(quiet).await;
    let many = rounds(&app, busy).await;
    assert!(many[0] == 0 && many[1] > 1_000, "{many:?}");
    assert_eq!(rounds(&app, quiet).await, [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_does_hundreds_of_jobs_in_seconds() {
    let app = TestApp::start().await;
    let tenant = app.provider("atelier").await;
    let mut tx = app.platform.db.tenant(tenant).await.unwrap();
    for _ in 0..300 {
        smp::events::publish(&mut tx, tenant, "test.happened", &json!({})).await.unwrap();
    }
    tx.commit().await.unwrap();
    let left = "SELECT to_jsonb(count(*)) FROM graphile_worker._private_jobs";
    let done = async {
        while app.query(left).await != [json!(0)] {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // Four a second, as they once were, would take more than a minute.
    tokio::select! {
        ended = Box::pin(smp::worker::run(&app.platform, &app.themes)) => {
            panic!("the workers ended: {ended:?}");
        }
        done = tokio::time::timeout(Duration::from_secs(25), done) => {
            assert!(done.is_ok(), "{:?} jobs are left", app.query(left).await);
        }
    }
}
