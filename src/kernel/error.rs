//! One error, one mapping to HTTP: problem+json (RFC 9457) that says what was wrong and what to do.

use std::sync::Arc;

use poem::{IntoResponse, Response, http::StatusCode};
use poem_openapi::{
    ApiResponse, Object,
    payload::Json,
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type,
};
use serde::{Deserialize, Serialize};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, as the caller sees it. Internals are logged once, here at the boundary, and
/// never shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not signed in")]
    Unauthenticated(&'static str),
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// Unknown, or another tenant's: the two look the same.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The state of things forbids it now. The code is stable and snake_case, for programs.
    #[error("{code}: {detail}")]
    Conflict { code: &'static str, detail: String },
    /// Values that were understood and are wrong.
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldError>),
    #[error("bad request: {0}")]
    BadRequest(String),
    #[error("{status}: {detail}")]
    Http { status: StatusCode, detail: String },
    /// Too often; nothing was done.
    #[error("too many")]
    TooMany { retry_after_seconds: u32 },
    #[error("busy")]
    Unavailable { retry_after_seconds: u32 },
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
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

/// Gathers every wrong field, so that the caller hears of all of them at once.
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

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
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
            Self::Invalid(_) => {
                ("invalid", "Some values are not right; `errors` names each of them.".to_owned())
            }
            Self::BadRequest(detail) => ("bad_request", detail.clone()),
            Self::Http { detail, .. } => ("http", detail.clone()),
            Self::TooMany { retry_after_seconds } => (
                "too_many",
                format!(
                    "That was too often in a short time, so nothing was done. Try again in {retry_after_seconds} seconds."
                ),
            ),
            Self::Unavailable { .. } => {
                ("busy", "This cannot be done at this very moment. Try again shortly.".to_owned())
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
            errors: if let Self::Invalid(errors) = self { Some(errors.clone()) } else { None },
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
        if let Self::Internal(error) = self {
            tracing::error!(error = ?error, "internal error");
        }
        let mut response = self.problem().into_response();
        if let Self::Unavailable { retry_after_seconds } | Self::TooMany { retry_after_seconds } =
            self
        {
            response.headers_mut().insert("Retry-After", (*retry_after_seconds).into());
        }
        response
    }
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
        let statuses: [(u16, &str); 11] = [
            (400, "Not understood"),
            (401, "Not signed in"),
            (403, "Not allowed to this role"),
            (404, "No such thing, or not yours"),
            (409, "Not possible in this state"),
            (413, "Body too large"),
            (415, "Wrong content type"),
            (422, "Values that are not right"),
            (429, "Too many requests"),
            (500, "Our fault"),
            (503, "Not at this moment; try again after `Retry-After` seconds"),
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

/// Constraints whose breach is the caller's doing, and how to tell them: (name, field or code,
/// message). A name that starts with `field:` answers 422 on that field, else 409 with that code.
const CONSTRAINTS: &[(&str, &str, &str)] = &[
    (
        "accounts_email_key",
        "field:email",
        "There is an account with this address already; sign in instead",
    ),
    ("providers_slug_key", "field:slug", "Another provider has this slug; choose another"),
    ("items_sku_key", "field:items", "A SKU is used twice; each item needs its own"),
    ("sales_slug_key", "field:slug", "Another sale has this slug; choose another"),
    ("sale_items_item_key", "field:items", "An item stands in the sale twice; keep one"),
    (
        "stock_verified_check",
        "capacity_above_verified",
        "The capacity is above what a manager verified. Verify as many, or lower the capacity.",
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
        "This sale is in review already; withdraw it first to submit again.",
    ),
    ("stock_capacity_check", "sold_out", "There are not that many left."),
    (
        "shipments_tracking_key",
        "field:tracking_number",
        "This carrier's number is on another shipment already; check it",
    ),
    ("feedback_once_key", "already_given", "You have told us about this sale already. Thank you."),
    ("orders_refunded_check", "refund_too_large", "More than was paid cannot be refunded."),
    (
        "payments_one_success_key",
        "payment_under_way",
        "A payment for this order has gone through or is under way.",
    ),
];

/// Whether the database, or the way to it, is away for a while, and nothing is wrong with what it
/// was asked: the connection broke (class 08), it lacks something such as room on its disk (53),
/// was stopped or starts (57P), cannot use its files (58030), took this connection for dead
/// (25P03), or had to let one of two transactions go (40).
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
                tracing::warn!(%error, "the database is away");
                return Self::Unavailable { retry_after_seconds: 2 };
            }
            sqlx::Error::Database(db) => {
                let known =
                    db.constraint().and_then(|name| CONSTRAINTS.iter().find(|c| c.0 == name));
                if let Some((_, place, message)) = known {
                    return match place.strip_prefix("field:") {
                        Some(field) => FieldError::new(field, *message).into(),
                        None => Self::conflict(place, *message),
                    };
                }
            }
            _ => {}
        }
        Self::Internal(error.into())
    }
}
