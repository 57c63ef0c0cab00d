//! Liveness and readiness.

use poem::{IntoResponse, Response, handler, web::Data};

use crate::{kernel::Error, platform::Platform};

/// Liveness: the process answers.
#[handler]
pub fn healthz() -> Response {
    Response::builder().content_type("application/json").body(r#"{"status":"ok"}"#)
}

/// Readiness: the database answers too.
#[handler]
pub async fn readyz(platform: Data<&Platform>) -> Response {
    if platform.db.ping().await {
        return Response::builder().content_type("application/json").body(r#"{"status":"ready"}"#);
    }
    Error::Unavailable { retry_after_seconds: 2 }.into_response()
}
