//! The limit on the size of a request's body.

use std::time::Duration;

use http_body_util::{BodyExt, Limited, combinators::BoxBody};
use poem::{
    Body, Request,
    http::{Method, StatusCode, header},
};

use crate::kernel::{Error, Result};

/// Largest body of an API or form request, in bytes. Files go to S3 directly.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads the whole body, up to the limit, before a handler sees the request.
pub async fn limit_body(mut request: Request) -> poem::Result<Request> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let declared = request
        .header(header::CONTENT_LENGTH.as_str())
        .and_then(|length| length.parse::<usize>().ok())
        .unwrap_or(0);
    if declared > BODY_BYTES_MAX {
        // Read a little of it, so that the client gets this answer instead of a reset connection.
        drop(read_body(request.take_body(), 8 * BODY_BYTES_MAX).await);
        return Err(too_large().into());
    }
    let bytes = read_body(request.take_body(), BODY_BYTES_MAX).await?;
    request.set_body(Body::from_bytes(bytes));
    Ok(request)
}

/// The whole body, if it has at most `bytes_max` bytes and comes in time.
pub async fn read_body(body: Body, bytes_max: usize) -> Result<bytes::Bytes> {
    let body: BoxBody<bytes::Bytes, std::io::Error> = body.into();
    let read = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, bytes_max).collect());
    let body = read.await.map_err(|_| Error::Http {
        status: StatusCode::REQUEST_TIMEOUT,
        detail: format!("The body did not come within {} seconds.", BODY_TIMEOUT.as_secs()),
    })?;
    Ok(body.map_err(|_| too_large())?.to_bytes())
}

fn too_large() -> Error {
    Error::Http {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        detail: format!(
            "The body is larger than {} KiB. Upload files to the address that asset_create returns.",
            BODY_BYTES_MAX / 1024
        ),
    }
}
