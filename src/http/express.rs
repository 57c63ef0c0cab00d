//! A shortcut for the two requests that everyone makes in the second a sale opens: Buy over the API,
//! and the product page. Passing routers, extractors and middleware costs more than the answer
//! itself. The shortcut answers a plain request with the handlers' own functions, and returns any
//! other unchanged, for the router to answer.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use poem::{IntoResponse, Request, Response, http::Method, http::header};
use poem_openapi::OperationId;

use super::{body_limit::read_body, cross_site::is_same_site, problem::panicked};
use crate::{
    access::{
        Access,
        caller::{ResolvedSession, session_of},
        limits::LimitedAction,
    },
    kernel::{Error, Result},
    pages::Pages,
    platform::urls::API_PREFIX,
    sales,
    stock::{HoldInput, StockApi},
};

const HOLD_CREATE: &str = "hold_create";
/// A longer body is left to the router, which refuses it.
const BODY_BYTES_MAX: usize = 4096;

pub struct Express {
    access: Access,
    stock: StockApi,
    pages: Pages,
    /// Whether the policy lets every account hold units; read once.
    accounts_may_hold: bool,
}

impl Express {
    pub fn new(access: &Access, stock: StockApi, pages: &Pages) -> Self {
        Self {
            accounts_may_hold: access.policy.allows("account", HOLD_CREATE),
            access: access.clone(),
            stock,
            pages: pages.clone(),
        }
    }

    /// The answer, or the request itself when it is not plain.
    pub async fn answer(&self, request: Request) -> Result<Response, Request> {
        match *request.method() {
            Method::POST => match between(&request, &[API_PREFIX, "/sales/"], "/holds") {
                Some(slug) => guarded(self.buy(request, slug)).await,
                None => Err(request),
            },
            Method::GET if request.uri().query().is_none() => {
                match between(&request, &["/sales/"], "") {
                    Some(slug) => guarded(self.page(request, slug)).await,
                    None => Err(request),
                }
            }
            _ => Err(request),
        }
    }

    async fn buy(&self, mut request: Request, slug: String) -> Result<Response, Request> {
        let is_json = request.content_type() == Some("application/json");
        let has_length = request
            .header(header::CONTENT_LENGTH.as_str())
            .and_then(|length| length.parse().ok())
            .is_some_and(|length: usize| length <= BODY_BYTES_MAX);
        if !(self.accounts_may_hold && is_json && has_length && is_same_site(&request)) {
            return Err(request);
        }
        let body = match read_body(request.take_body(), BODY_BYTES_MAX).await {
            Ok(body) => body,
            Err(error) => return Ok(error.into_response()),
        };
        let Ok(wanted) = serde_json::from_slice(&body) else {
            request.set_body(body);
            return Err(request);
        };
        let mut response = match self.hold(&request, slug, wanted).await {
            Ok(response) => response,
            Err(error) => error.into_response(),
        };
        response.set_data(OperationId(HOLD_CREATE));
        Ok(response)
    }

    async fn hold(&self, request: &Request, slug: String, wanted: HoldInput) -> Result<Response> {
        let session = match LimitedAction::Buy.check(request, &self.access).await? {
            Some(ResolvedSession(session)) => session,
            None => session_of(request, &self.access).await?,
        };
        let session = session.ok_or(Error::Unauthenticated("Sign in first."))?;
        let key = request.header("Idempotency-Key").map(str::to_owned);
        let visit = |sale| sales::visit(request.headers(), sale);
        Ok(self.stock.hold(&session, slug, key, wanted, visit).await?.into_response())
    }

    async fn page(&self, request: Request, slug: String) -> Result<Response, Request> {
        self.pages.plain_sale_page(&request, &slug).await.ok_or(request)
    }
}

/// The answer; a panic becomes an internal error.
#[expect(clippy::result_large_err, reason = "a request that is not plain is returned unchanged")]
fn guarded(
    answer: impl Future<Output = Result<Response, Request>>,
) -> impl Future<Output = Result<Response, Request>> {
    AssertUnwindSafe(answer)
        .catch_unwind()
        .map(|answer| answer.unwrap_or_else(|panic| Ok(panicked(panic))))
}

/// The part of a path between `prefix` and `suffix`, if it is one segment without escapes.
fn between(request: &Request, prefix: &[&str], suffix: &str) -> Option<String> {
    let slug = prefix
        .iter()
        .try_fold(request.uri().path(), |path, part| path.strip_prefix(part))?
        .strip_suffix(suffix)?;
    (!slug.is_empty() && !slug.contains(['/', '%'])).then(|| slug.to_owned())
}
