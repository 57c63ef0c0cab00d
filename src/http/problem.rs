//! Turns every error that is not one of ours into problem+json.

use std::any::Any;

use poem::{IntoResponse, Response, http::StatusCode, middleware::CatchPanic};

use crate::kernel::{Error, FieldError, error::Problem};

/// The answer for an error of poem or poem-openapi: a wrong payload or parameter, 404, 405, 415.
pub async fn problem(error: poem::Error) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    let status = error.status();
    if status.is_server_error() {
        tracing::error!(%error, "unexpected error");
        return Error::Internal(anyhow::anyhow!("{error}")).into_response();
    }
    let text = error.to_string();
    if let Some(field) = wrong_parameter(&text) {
        return Error::from(field).into_response();
    }
    let detail = match status {
        StatusCode::NOT_FOUND => {
            "There is nothing at this address. /docs lists every operation.".to_owned()
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            "This address does not support that method. /docs lists the methods it supports."
                .to_owned()
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "Send the body as Content-Type: application/json.".to_owned()
        }
        _ => text,
    };
    let reason = status.canonical_reason();
    Problem {
        r#type: format!("urn:smp:{}", reason.unwrap_or("error").to_lowercase().replace(' ', "_")),
        title: reason.unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail,
        errors: None,
        changed: None,
    }
    .into_response()
}

/// A middleware that turns a panic into a 500.
pub fn catch_panic() -> CatchPanic<fn(Box<dyn Any + Send + 'static>) -> Response> {
    CatchPanic::new().with_handler(panicked as fn(Box<dyn Any + Send + 'static>) -> Response)
}

/// The answer after a panic.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Error::Internal(anyhow::anyhow!("a handler panicked")).into_response()
}

/// The parameter that a poem-openapi message is about.
fn wrong_parameter(text: &str) -> Option<FieldError> {
    let (field, why) = text.strip_prefix("failed to parse parameter `")?.split_once("`: ")?;
    Some(FieldError::new(field, why))
}
