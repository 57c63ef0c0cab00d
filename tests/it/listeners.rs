//! What each of a node's two listeners serves, in development and in production.

use crate::support::{Client, TestApp};

const SANDBOX: [(&str, &str); 2] = [("smp_env", "production"), ("smp_allow_sandbox", "true")];

async fn statuses(client: &Client) -> [u16; 5] {
    let mut statuses = [0; 5];
    for (status, path) in
        statuses.iter_mut().zip(["/healthz", "/readyz", "/metrics", "/dev/outbox", "/cart"])
    {
        *status = client.get(path).await.status.as_u16();
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn in_development_metrics_and_outbox_are_public() {
    let app = TestApp::start().await;
    assert_eq!(statuses(&app.shopper("ada").await).await, [200, 200, 200, 200, 200]);
    assert_eq!(statuses(&app.operator()).await, [200, 200, 200, 404, 404]);
    app.anonymous().get("/api/v1/reference").await.expect(200);
    let metrics = app.operator().get("/metrics").await;
    metrics.expect(200);
    assert_eq!(metrics.headers["content-type"], "text/plain; version=0.0.4");
    assert_eq!(metrics.headers["x-content-type-options"], "nosniff");
    for counted in [
        r#"smp_http_request_seconds_count{operation="reference_get",status="200"}"#,
        r#"smp_http_request_seconds_count{operation="page",status="404"}"#,
    ] {
        assert!(metrics.text.contains(counted), "{counted} is not in {}", metrics.text);
    }
    assert_eq!(app.operator().get("/nothing").await.problem(404), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_production_metrics_are_for_operators_alone_and_kept_mail_too() {
    let app = TestApp::start_with(&SANDBOX).await;
    assert_eq!(statuses(&app.shopper("ada").await).await, [200, 200, 404, 404, 200]);
    assert_eq!(statuses(&app.operator()).await, [200, 200, 200, 200, 404]);
    let outbox = app.operator().get("/dev/outbox").await;
    let style = outbox.expect(200).split('"').find(|part| part.starts_with("/theme/")).unwrap();
    app.operator().get(style).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_production_with_a_mail_server_there_is_no_outbox() {
    let settings = [SANDBOX.as_slice(), &[("smtp_url", "smtp://127.0.0.1:9")]].concat();
    let app = TestApp::start_with(&settings).await;
    assert_eq!(statuses(&app.shopper("ada").await).await, [200, 200, 404, 404, 200]);
    assert_eq!(statuses(&app.operator()).await, [200, 200, 200, 404, 404]);
}
