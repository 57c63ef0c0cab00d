//! The error type, and its only mapping to HTTP: problem+json (RFC 9457) that says what was wrong
//! and what to do.

use std::{backtrace::BacktraceStatus, fmt, sync::Arc};

use poem::{IntoResponse, Response, http::StatusCode};
use poem_openapi::{
    ApiResponse, Object,
    payload::Json,
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type,
};
use serde::{Deserialize, Serialize};

use super::{ChangedMeanwhile, wording};

/// What a log has of an error at most: its causes, and calls of our own code.
const CAUSES_BYTES_MAX: usize = 2_000;
const OWN_CALLS_MAX: usize = 12;
const CALL_BYTES_MAX: usize = 250;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, as the client sees it. Internal errors are logged once, here at the boundary,
/// and never shown.
#[derive(thiserror::Error)]
pub enum Error {
    #[error("not signed in")]
    Unauthenticated(&'static str),
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// Unknown, or another tenant's: a client cannot tell which.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Not possible in the current state. The code is stable, snake_case, and for programs.
    #[error("{code}: {detail}")]
    Conflict { code: &'static str, detail: String },
    /// An edit of a version that is not the newest; nothing was changed.
    #[error("changed meanwhile: {0:?}")]
    Changed(Box<ChangedMeanwhile>),
    /// Well-formed, with values that are wrong.
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldError>),
    #[error("bad request: {0}")]
    BadRequest(String),
    /// Parts of the request that cannot be read at all, such as a cursor that is none.
    #[error("unreadable: {0:?}")]
    Unreadable(Vec<FieldError>),
    #[error("{status}: {detail}")]
    Http { status: StatusCode, detail: String },
    /// Past a rate limit; nothing was done.
    #[error("too many")]
    TooMany { limit: ExceededLimit, retry_after_seconds: u32 },
    #[error("busy")]
    Unavailable { retry_after_seconds: u32 },
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// The rate limit that a client exceeded: `quota` requests in `window_seconds`.
#[derive(Debug, Clone, Copy)]
pub struct ExceededLimit {
    pub name: &'static str,
    pub quota: u32,
    pub window_seconds: u64,
}

/// What is wrong with one field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
pub struct FieldError {
    /// Dotted path in the body, or the parameter's name: `items.0.sku`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

/// Collects every wrong field, so that the client learns of all of them at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    pub fn check(&mut self, ok: bool, field: &str, message: &str) {
        if !ok {
            self.add(field, message);
        }
    }

    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

impl Error {
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }

    /// What went wrong and why, in one line, for people who look after the installation: without the
    /// backtrace that `{:?}` of an internal error has.
    pub fn causes(&self) -> String {
        match self {
            Self::Internal(error) => clip(&format!("{error:#}"), CAUSES_BYTES_MAX).to_owned(),
            other => other.to_string(),
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Changed(_) => StatusCode::PRECONDITION_FAILED,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadRequest(_) | Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Http { status, .. } => *status,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The problem document for this error.
    pub fn problem(&self) -> Problem {
        let status = self.status();
        let (code, detail) = match self {
            Self::Unauthenticated(detail) => ("unauthenticated", (*detail).to_owned()),
            Self::Forbidden(detail) => ("forbidden", detail.clone()),
            Self::NotFound(what) => {
                ("not_found", format!("There is no such {what}, or it is not yours to see."))
            }
            Self::Conflict { code, detail } => (*code, detail.clone()),
            Self::Changed(changed) => (
                "changed_meanwhile",
                format!(
                    "{} changed this after you read it, so nothing of yours was saved. What you \
                     sent differs in {}. Read it again, and send the version that you read then.",
                    changed.by.as_deref().unwrap_or("Someone"),
                    changed.fields.join(", ")
                ),
            ),
            Self::Invalid(_) => {
                ("invalid", "Some values are invalid; `errors` lists each of them.".to_owned())
            }
            Self::BadRequest(detail) => ("bad_request", detail.clone()),
            Self::Unreadable(_) => (
                "bad_request",
                "Parts of the request cannot be read; `errors` lists each of them.".to_owned(),
            ),
            Self::Http { detail, .. } => ("http", detail.clone()),
            Self::TooMany { retry_after_seconds, .. } => (
                "too_many",
                format!(
                    "Too many requests in a short time, so nothing was done. \
                     Try again in {}.",
                    wording::duration((*retry_after_seconds).into())
                ),
            ),
            Self::Unavailable { .. } => {
                ("busy", "This is temporarily unavailable. Try again shortly.".to_owned())
            }
            Self::Internal(_) => (
                "internal",
                "Something went wrong on our side. Nothing was changed; try again.".to_owned(),
            ),
        };
        Problem {
            r#type: format!("urn:smp:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail,
            errors: match self {
                Self::Invalid(errors) | Self::Unreadable(errors) => Some(errors.clone()),
                _ => None,
            },
            changed: match self {
                Self::Changed(changed) => Some(ChangedMeanwhile::clone(changed)),
                _ => None,
            },
        }
    }
}

/// An error as RFC 9457 describes it.
#[derive(Debug, Clone, Object, Serialize, Deserialize)]
pub struct Problem {
    /// A stable name for programs: `urn:smp:sold_out`.
    pub r#type: String,
    pub title: String,
    pub status: u16,
    /// What was wrong and what to do, for people.
    pub detail: String,
    /// The wrong fields, when there are any.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<FieldError>>,
    /// Who changed what this edit would have overwritten, of `urn:smp:changed_meanwhile`.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<ChangedMeanwhile>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Response::builder()
            .status(status)
            .content_type("application/problem+json")
            .body(serde_json::to_vec(&self).unwrap_or_default())
    }
}

impl Error {
    fn to_response(&self) -> Response {
        if matches!(self, Self::Internal(_)) {
            tracing::error!(error = ?self, "internal error");
        }
        let mut response = self.problem().into_response();
        if let Some(seconds) = self.retry_after_seconds() {
            response.headers_mut().insert("Retry-After", seconds.into());
        }
        if let Self::TooMany { limit, retry_after_seconds } = self {
            let ExceededLimit { name, quota, window_seconds } = limit;
            let headers = [
                ("RateLimit-Policy", format!("\"{name}\";q={quota};w={window_seconds}")),
                ("RateLimit", format!("\"{name}\";r=0;t={retry_after_seconds}")),
            ];
            for (header, value) in headers {
                if let Ok(value) = value.parse() {
                    response.headers_mut().insert(header, value);
                }
            }
        }
        response
    }

    /// When it is worth trying again, in seconds.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::Unavailable { retry_after_seconds }
            | Self::TooMany { retry_after_seconds, .. } => Some(*retry_after_seconds),
            _ => None,
        }
    }
}

/// For logs: what went wrong and why, and of a backtrace the calls of our own code. The whole
/// backtrace of a request through the async runtime has 90 kB.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Internal(error) = self else { return write!(f, "{self}") };
        f.write_str(clip(&format!("{error:#}"), CAUSES_BYTES_MAX))?;
        if error.backtrace().status() == BacktraceStatus::Captured {
            let backtrace = error.backtrace().to_string();
            f.write_str(&own_calls(&backtrace))?;
        }
        Ok(())
    }
}

/// The first calls of our own code in a backtrace, each with its place.
pub fn own_calls(backtrace: &str) -> String {
    let lines: Vec<&str> = backtrace.lines().map(str::trim).collect();
    let mut calls = String::new();
    let is_ours = |call: &str| call.contains(": smp::") || call.contains(": <smp::");
    let of_ours = lines.windows(2).filter(|pair| is_ours(pair[0]));
    for pair in of_ours.take(OWN_CALLS_MAX) {
        let place = pair[1].strip_prefix("at ").unwrap_or_default();
        calls.push_str(clip(&format!("\n  {} {place}", pair[0]), CALL_BYTES_MAX));
    }
    calls
}

/// At most `bytes_max` of a text.
pub fn clip(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.to_response()
    }
}

/// Carries the error itself too, as an `Arc<Error>`, for the error page.
impl From<Error> for poem::Error {
    fn from(error: Error) -> Self {
        let mut out = Self::from_response(error.to_response());
        out.set_error_message(error.status().to_string());
        out.set_data(Arc::new(error));
        out
    }
}

impl ApiResponse for Error {
    fn meta() -> MetaResponses {
        let statuses: [(u16, &str); 12] = [
            (400, "The request cannot be read"),
            (401, "Not signed in"),
            (403, "Not allowed for this role"),
            (404, "Not found, or not yours"),
            (409, "Not possible in the current state"),
            (412, "Changed by someone else after you read it"),
            (413, "Body too large"),
            (415, "Unsupported content type"),
            (422, "Invalid values"),
            (429, "Too many requests"),
            (500, "Internal error"),
            (503, "Temporarily unavailable; try again after `Retry-After` seconds"),
        ];
        let response = |(status, description)| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: "application/problem+json",
                schema: Problem::schema_ref(),
            }],
            headers: vec![],
        };
        MetaResponses { responses: statuses.into_iter().map(response).collect() }
    }

    fn register(registry: &mut Registry) {
        <Json<Problem> as poem_openapi::payload::Payload>::register(registry);
    }
}

/// On signing up with the address of an account.
pub const EMAIL_TAKEN: &str = "There is already an account with this address; sign in instead";

/// Constraints that a client can violate: (constraint, field or code, message). `field:` makes it a
/// 422 on that field, a bare code a 409 with that code.
const CONSTRAINTS: &[(&str, &str, &str)] = &[
    ("accounts_email_key", "field:email", EMAIL_TAKEN),
    ("providers_slug_key", "field:slug", "Another provider has this slug; choose another"),
    (
        "invoicing_profiles_prefix_key",
        "field:number_prefix",
        "Another provider's numbers begin like this; choose another",
    ),
    ("items_sku_key", "field:items", "Two items have the same SKU; each item needs its own"),
    ("sales_slug_key", "field:slug", "Another sale has this slug; choose another"),
    ("sale_items_item_key", "field:items", "An item is in the sale twice; keep one"),
    (
        "stock_verified_check",
        "capacity_above_verified",
        "The capacity is above what a manager verified. Ask for more to be verified, or lower it.",
    ),
    ("sales_window_check", "field:ends_at", "Must be after the start"),
    (
        "sales_redirect_check",
        "field:redirect_url",
        "A redirect sale needs the address of the provider's cart",
    ),
    (
        "revisions_one_open_key",
        "already_submitted",
        "This sale is already in review. Withdraw it first to submit it again.",
    ),
    ("stock_capacity_check", "sold_out", "There are not that many units left."),
    (
        "shipments_tracking_key",
        "field:tracking_number",
        "Another shipment has this carrier and number already; check it",
    ),
    (
        "feedback_once_key",
        "already_given",
        "You have already given feedback on this sale. Thank you.",
    ),
    (
        "orders_refunded_check",
        "refund_too_large",
        "The refund is larger than what was paid. Lower the amount.",
    ),
    (
        "payments_one_success_key",
        "payment_under_way",
        "A payment for this order has succeeded or is in progress.",
    ),
];

/// Whether the database is unavailable for a while, and nothing is wrong with the statement: the
/// connection broke (class 08), a resource such as disk space ran out (53), the server stops or
/// starts (57P), cannot read its files (58030), timed out this connection (25P03), or rolled back
/// one of two conflicting transactions (40).
fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(db) => db.code().is_some_and(|code| {
            ["08", "53", "57P", "58030", "25P03", "40"].iter().any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => return Self::NotFound("thing"),
            sqlx::Error::PoolTimedOut => return Self::Unavailable { retry_after_seconds: 2 },
            error if is_outage(error) => {
                tracing::warn!(%error, "the database is unavailable");
                return Self::Unavailable { retry_after_seconds: 2 };
            }
            sqlx::Error::Database(db) => {
                let known =
                    db.constraint().and_then(|name| CONSTRAINTS.iter().find(|c| c.0 == name));
                // A NUL, or a character that the database's encoding does not have.
                if db.code().is_some_and(|code| code == "22021" || code == "22P05") {
                    return Self::BadRequest(
                        "The request has a character that cannot be stored, such as NUL. Remove \
                         it and try again."
                            .to_owned(),
                    );
                }
                if let Some((_, target, message)) = known {
                    return match target.strip_prefix("field:") {
                        Some(field) => FieldError::new(field, *message).into(),
                        None => Self::conflict(target, *message),
                    };
                }
            }
            _ => {}
        }
        Self::Internal(error.into())
    }
}

#[cfg(test)]
mod tests {
    use std::backtrace::Backtrace;

    use super::*;

    #[test]
    fn a_log_has_the_calls_of_our_own_code_and_little_of_the_rest() {
        let backtrace = Backtrace::force_capture().to_string();
        let calls = own_calls(&backtrace);
        assert!(calls.contains("a_log_has_the_calls_of_our_own_code"), "{backtrace}");
        // A build without debug information knows no places.
        let placed = own_calls("  3: smp::kernel::error::f\n     at ./src/kernel/error.rs:7:1\n");
        assert!(placed.contains("error.rs:7"), "{placed}");
        let deep =
            format!("  7: smp::orders::pay::pay\n     at src/{}.rs:1:1\n", "x".repeat(9_000));
        let bytes = own_calls(&deep.repeat(500)).len();
        assert!((1_000..=4_000).contains(&bytes), "{bytes}");
        assert_eq!(own_calls("  0: std::panicking\n     at library\n  1: smp::"), "");
        let long = Error::Internal(anyhow::anyhow!("é".repeat(50_000)));
        assert!(format!("{long:?}").len() < 6_000 && long.causes().len() <= 2_000);
    }
}
