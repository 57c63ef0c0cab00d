//! Errors as pages: every failure on a page's route becomes a page with the right status that says
//! what happened and what to do.

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse, Request, Response,
    http::{Method, StatusCode, header},
    web::cookie::CookieJar,
};
use time::OffsetDateTime;

use super::{
    Pages,
    context::{ErrorContext, ErrorPage, SaleCard},
    packed::pack,
    view::{Sheet, View, respond, see_other},
    words::{MoneyFate, StockFate},
};
use crate::{
    kernel::{Error, error::Problem, token},
    sales,
};

/// A page that could not be shown, or a form that could not be done.
#[derive(Debug)]
pub struct Failure(Box<(Error, Told)>);

/// What an error page says beside the error itself.
#[derive(Debug, Clone, Default)]
struct Told {
    money: Option<MoneyFate>,
    stock: Option<StockFate>,
    expires_at: Option<OffsetDateTime>,
    sale: Option<SaleCard>,
    /// Not an error to show, but a place to go.
    elsewhere: Option<String>,
}

impl Failure {
    /// Sends to sign in, and back to `next` after it.
    pub fn sign_in(next: &str) -> Self {
        let mut failure = Self::from(Error::Unauthenticated("Sign in first."));
        failure.0.1.elsewhere = Some(format!("/sign-in{}", super::signing::next_query(next)));
        failure
    }

    pub fn money(mut self, fate: MoneyFate) -> Self {
        self.0.1.money = Some(fate);
        self
    }

    pub fn stock(mut self, fate: StockFate, expires_at: Option<OffsetDateTime>) -> Self {
        self.0.1.stock = Some(fate);
        self.0.1.expires_at = expires_at;
        self
    }

    pub fn about(mut self, sale: SaleCard) -> Self {
        self.0.1.sale = Some(sale);
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Box::new((error, Told::default())))
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Failure> for poem::Error {
    fn from(failure: Failure) -> Self {
        let (error, told) = *failure.0;
        let mut error = Self::from(error);
        error.set_data(told);
        error
    }
}

/// Stands around every page: hands it its [`View`], turns every problem document into a page, and
/// packs it.
pub async fn pages_for_problems<E: Endpoint>(
    endpoint: Arc<E>,
    request: Request,
    pages: Pages,
) -> poem::Result<Response> {
    let accept_encoding = request.header("Accept-Encoding").unwrap_or_default().to_owned();
    Ok(pack(answer(&*endpoint, request, &pages).await?, &accept_encoding))
}

async fn answer<E: Endpoint>(
    endpoint: &E,
    mut request: Request,
    pages: &Pages,
) -> poem::Result<Response> {
    let view = match View::of(&request, request.cookie().clone(), pages).await {
        Ok(view) => view,
        // Without its session a page cannot be shown as this shopper's, but that can be said.
        Err(error) => {
            let view = View::of(
                &Request::builder().uri(request.uri().clone()).finish(),
                CookieJar::default(),
                pages,
            )
            .await?;
            return Ok(error_page(&view, error.into_response(), Told::default()).await);
        }
    };
    let view = Arc::new(view);
    request.set_data(view.clone());
    let changes = *request.method() != Method::GET;
    let mut response = endpoint
        .call(request)
        .await
        .map_or_else(poem::Error::into_response, IntoResponse::into_response);
    if changes {
        // The notice of what this shopper changed may come after the next page is asked for.
        if let Some(account) = view.account() {
            pages.shoppers.forget(account);
        }
        if let Some(visitor) = sales::visitor(&view.jar) {
            pages.shoppers.forget_visitor(visitor);
        }
    }
    let told = response.extensions_mut().remove::<Told>().unwrap_or_default();
    if let Some(elsewhere) = &told.elsewhere {
        return Ok(see_other(elsewhere));
    }
    if response.content_type().is_some_and(|kind| kind.starts_with("application/problem+json")) {
        return Ok(error_page(&view, response, told).await);
    }
    Ok(response)
}

async fn error_page(view: &View, response: Response, told: Told) -> Response {
    let status = response.status();
    let retry_after = response.header("Retry-After").and_then(|seconds| seconds.parse().ok());
    let problem: Option<Problem> = response.into_body().into_json().await.ok();
    let code = code(
        status,
        problem.as_ref().map_or("", |problem| problem.r#type.trim_start_matches("urn:smp:")),
    );
    if status == StatusCode::UNAUTHORIZED {
        return see_other(&format!("/sign-in{}", super::signing::next_query(view.path())));
    }
    // These words of ours say more than the page's own; the others say the same, or are for
    // programs.
    let speaks = matches!(
        status,
        StatusCode::CONFLICT
            | StatusCode::FORBIDDEN
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY
    );
    let detail =
        problem.filter(|_| speaks && code != "not_registered").map(|problem| {
            match problem.errors {
                Some(errors) => errors
                    .iter()
                    .map(|e| format!("{}: {}.", e.field, e.message.trim_end_matches('.')))
                    .collect::<Vec<_>>()
                    .join(" "),
                None => problem.detail,
            }
        });
    let reference =
        status.is_server_error().then(|| token::short_code(8)).filter(|_| code == "internal");
    if let Some(reference) = &reference {
        tracing::error!(
            reference,
            path = view.path(),
            "a page failed; the log line before says why"
        );
    }
    let error = ErrorContext {
        status: status.as_u16(),
        code: code.to_owned(),
        detail,
        reference,
        money: told.money,
        stock: told.stock,
        expires_at: told.expires_at.map(Into::into),
        retry_after_seconds: retry_after,
    };
    let sheet = Sheet { status, ..view.sheet("pages/error") };
    // The cart's badge is left out when it cannot be read: it may be the very thing that fails.
    let cart = if status.is_server_error() { None } else { view.cart().await.unwrap_or_default() };
    let mut response = match view.whole(&sheet, &ErrorPage { error, sale: told.sale }, cart, None) {
        Ok(html) => respond(status, html),
        Err(error) => {
            tracing::error!(?error, "the error page cannot be rendered");
            Response::builder()
                .status(status)
                .content_type("text/plain; charset=utf-8")
                .body("Something went wrong. Please try again.")
        }
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The error page's word for an error.
fn code(status: StatusCode, problem: &str) -> &'static str {
    const CONFLICTS: [(&str, &str); 10] = [
        ("sold_out", "sold_out"),
        ("hold_expired", "hold_expired"),
        ("not_held", "hold_expired"),
        ("not_started", "not_live"),
        ("ended", "not_live"),
        ("cancelled", "not_live"),
        ("halted", "halted"),
        ("limit_reached", "limit_reached"),
        ("not_bought", "not_bought"),
        ("not_registered", "not_registered"),
    ];
    match status.as_u16() {
        404 => "not_found",
        403 => "forbidden",
        409 => CONFLICTS
            .iter()
            .find(|(known, _)| *known == problem)
            .map_or("conflict", |(_, code)| code),
        422 => "invalid",
        429 | 503 => "too_busy",
        400..=499 => "bad_request",
        _ => "internal",
    }
}
