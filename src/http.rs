//! Every route of the server, and what stands around them all: limits, cross-origin defence,
//! security headers, errors.

mod express;
mod serve;

pub use serve::serve;

use std::{cell::RefCell, collections::HashMap, sync::Arc, time::Instant};

use http_body_util::{BodyExt, Limited};
use poem::{
    Body, Endpoint, EndpointExt, IntoResponse, Request, Response, Route,
    endpoint::StaticFilesEndpoint,
    handler,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{CatchPanic, CookieJarManager},
    web::Data,
};
use poem_openapi::{OpenApi, OpenApiService, OperationId};

use crate::{
    access::{Access, Sessions, api::AccessApi, limits, policy::Policy},
    assets::{self, api::AssetsApi},
    care::CareApi,
    fulfilment::FulfilmentApi,
    kernel::{Error, FieldError, Result, error::Problem},
    notifications::NotificationsApi,
    offers::OffersApi,
    orders::OrdersApi,
    pages::Pages,
    platform::{Platform, objects, telemetry},
    providers::{Themes, api::ProvidersApi, team::TeamApi},
    redirect::RedirectApi,
    rehearsal::RehearsalApi,
    reviews::ReviewApi,
    sales::{AccessPointsApi, RegistrationApi, SaleCache, SalesApi, StorefrontApi},
    statistics::{StatisticsApi, StatisticsPublicApi},
    stock::{Allocator, ReceiptApi, StockApi, WaitlistApi, WaitlistPositions},
};
use express::Express;

/// Where the API lives.
pub const API_PREFIX: &str = "/api/v1";
/// Largest body of an API or form request, in bytes; files go to S3 directly.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// What the API says of itself.
const DESCRIPTION: &str = "A flash-sale marketplace that never oversells. Money is in minor \
    units, times are RFC 3339 in UTC, errors are problem+json (RFC 9457). What needs a sale that \
    is open (a hold, a click-out, a checkout, a registration) is otherwise refused with status 409 \
    and one of these types: `urn:smp:not_started`, `urn:smp:ended`, `urn:smp:halted` (the sale is \
    halted, or its seller is suspended), `urn:smp:cancelled`.";

/// The whole API. With no platform it can still be described.
fn api(
    platform: &Platform,
    allocator: &Allocator,
    waitlist_positions: &WaitlistPositions,
) -> OpenApiService<impl OpenApi + use<>, ()> {
    let p = || platform.clone();
    let supply = (
        AccessApi { platform: p() },
        ProvidersApi { platform: p() },
        TeamApi { platform: p() },
        AssetsApi { platform: p() },
        OffersApi { platform: p() },
        SalesApi { platform: p() },
        ReviewApi { platform: p() },
        AccessPointsApi { platform: p() },
        StorefrontApi { platform: p() },
        RegistrationApi { platform: p() },
    );
    let demand = (
        StockApi { platform: p(), allocator: allocator.clone() },
        WaitlistApi { platform: p(), positions: waitlist_positions.clone() },
        ReceiptApi { platform: p(), allocator: allocator.clone() },
        RehearsalApi { platform: p() },
        OrdersApi { platform: p() },
        FulfilmentApi { platform: p() },
        RedirectApi { platform: p() },
    );
    let around = (
        CareApi { platform: p() },
        StatisticsApi { platform: p() },
        StatisticsPublicApi { platform: p() },
        NotificationsApi { platform: p() },
    );
    OpenApiService::new((supply, demand, around), "SMP", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .server(API_PREFIX)
}

/// The API's description, the same bytes every time.
pub fn openapi(platform: &Platform) -> anyhow::Result<String> {
    let allocator = Allocator::new(platform, &SaleCache::new(platform), &Sessions::new(platform));
    describe(&api(platform, &allocator, &WaitlistPositions::new(platform)).spec())
}

/// The description as poem-openapi makes it, which does not know that an optional field may be
/// null.
fn describe(spec: &str) -> anyhow::Result<String> {
    let mut spec: serde_json::Value = serde_json::from_str(spec)?;
    for schema in spec["components"]["schemas"]
        .as_object_mut()
        .into_iter()
        .flat_map(serde_json::Map::values_mut)
    {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            if required.iter().any(|required| required == name.as_str())
                || property.get("default").is_some()
            {
                continue;
            }
            // Beside a reference nothing else counts, so it is wrapped.
            if property.get("$ref").is_some() {
                *property = serde_json::json!({"allOf": [property.take()]});
            }
            property["nullable"] = true.into();
        }
    }
    Ok(serde_json::to_string_pretty(&spec)? + "\n")
}

/// (method, path pattern) → operation id, for the policy.
fn operations(spec: &str) -> anyhow::Result<HashMap<(Method, String), String>> {
    let spec: serde_json::Value = serde_json::from_str(spec)?;
    let mut operations = HashMap::new();
    for (path, methods) in spec["paths"].as_object().into_iter().flatten() {
        let pattern = format!("{API_PREFIX}{}", by_position(path));
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let id = operation["operationId"]
                .as_str()
                .ok_or_else(|| anyhow::anyhow!("{method} {path} has no operation id"))?;
            operations.insert((method.to_uppercase().parse()?, pattern.clone()), id.to_owned());
        }
    }
    Ok(operations)
}

/// A path as poem-openapi routes it: `/a/{b}/c/{d}` is `/a/:param0/c/:param1`.
fn by_position(path: &str) -> String {
    let mut count = 0;
    let segment = |segment: &str| {
        if !segment.starts_with('{') {
            return segment.to_owned();
        }
        count += 1;
        format!(":param{}", count - 1)
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// The server: API, hosted pages, portal, files, health.
pub async fn server(
    platform: &Platform,
    themes: &Themes,
) -> anyhow::Result<impl Endpoint<Output = Response> + use<>> {
    let sessions = Sessions::new(platform);
    let allocator = Allocator::new(platform, &SaleCache::new(platform), &sessions);
    tokio::spawn(allocator.clone().start_writers_ahead());
    let waitlist_positions = WaitlistPositions::new(platform);
    let service = api(platform, &allocator, &waitlist_positions);
    let spec = describe(&service.spec())?;
    let access = Access {
        platform: platform.clone(),
        sessions,
        policy: Arc::new(Policy::load().await?),
        operations: Arc::new(operations(&spec)?),
    };
    let config = &platform.config;
    let docs = service.swagger_ui();
    let api = Route::new()
        .nest("/", service)
        .catch_all_error(problem)
        .before(limit_body)
        .before(refuse_cross_site)
        .around(limit_rate);
    let pages = Pages::new(platform, &access, &allocator, &waitlist_positions, themes);
    let panic = CatchPanic::new()
        .with_handler(panicked as fn(Box<dyn std::any::Any + Send + 'static>) -> Response);
    let hosted = pages.wrap(
        pages
            .routes()
            .before(limit_body)
            .before(refuse_cross_site)
            .around(limit_rate)
            .with(panic)
            .catch_all_error(problem),
    );
    let portal =
        StaticFilesEndpoint::new(&config.portal_dir).index_file("index.html").fallback_to_index();

    let mut routes = Route::new()
        .nest(API_PREFIX, api)
        .nest("/docs", docs)
        .at(
            "/openapi.json",
            poem::endpoint::make_sync(move |_| {
                Response::builder().content_type("application/json").body(spec.clone())
            }),
        )
        .nest("/portal", portal)
        .nest("/media", assets::media_routes(platform))
        .at("/healthz", poem::get(healthz))
        .at("/readyz", poem::get(readyz))
        .at("/metrics", poem::get(metrics_page))
        .nest_no_strip("/", hosted);
    if config.s3_endpoint.is_none() {
        let files = objects::embedded_endpoint(
            &config.data,
            &config.s3_bucket,
            &config.s3_access_key,
            &config.s3_secret_key,
        )?;
        routes = routes.nest_no_strip(format!("/{}", config.s3_bucket), files);
    }
    let front = Arc::new((
        SecurityHeaders::new(platform),
        Express::new(&access, StockApi { platform: platform.clone(), allocator }, &pages),
    ));
    Ok(routes
        .data(access)
        .data(platform.clone())
        .with(CookieJarManager::new())
        .with(
            CatchPanic::new()
                .with_handler(panicked as fn(Box<dyn std::any::Any + Send + 'static>) -> Response),
        )
        .boxed()
        .around(move |endpoint, request| {
            let front = front.clone();
            async move {
                let (headers, express) = &*front;
                let start = Instant::now();
                let place = Place::of(request.uri().path());
                let mut response = match express.answer(request).await {
                    Ok(response) => response,
                    Err(request) => match endpoint.call(request).await {
                        Ok(response) => response.into_response(),
                        Err(error) => problem(error).await,
                    },
                };
                count(&response, start);
                headers.add(place, &mut response);
                Ok(response)
            }
        }))
}

fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    Error::Internal(anyhow::anyhow!("a handler panicked")).into_response()
}

fn count(response: &Response, start: Instant) {
    thread_local! {
        /// Looking one up by its labels costs more than the record.
        static HISTOGRAMS: RefCell<HashMap<(&'static str, StatusCode), metrics::Histogram>> = RefCell::default();
    }
    let operation = response.data::<OperationId>().map_or("page", |id| id.0);
    let status = response.status();
    HISTOGRAMS.with_borrow_mut(|histograms| {
        let histogram = histograms
            .entry((operation, status))
            .or_insert_with(|| metrics::histogram!("smp_http_request_seconds", "operation" => operation, "status" => status.as_u16().to_string()));
        histogram.record(start.elapsed().as_secs_f64());
    });
}

/// Liveness: the process answers.
#[handler]
fn healthz() -> Response {
    Response::builder().content_type("application/json").body(r#"{"status":"ok"}"#)
}

/// Readiness: the database answers too.
#[handler]
async fn readyz(platform: Data<&Platform>) -> Response {
    if platform.db.ping().await {
        return Response::builder().content_type("application/json").body(r#"{"status":"ready"}"#);
    }
    Error::Unavailable { retry_after_seconds: 2 }.into_response()
}

#[handler]
fn metrics_page() -> Response {
    Response::builder()
        .content_type("text/plain; version=0.0.4")
        .body(telemetry::metrics().render())
}

/// Turns every error that is not one of ours (payload, parameter, 404, 405, 415) into problem+json.
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
    if let Some(field) = wrong_field(&text) {
        return Error::from(field).into_response();
    }
    let detail = match status {
        StatusCode::NOT_FOUND => {
            "There is nothing at this address; /docs lists what there is.".to_owned()
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            "This address does not take that method; /docs lists what it takes.".to_owned()
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "Send the body as Content-Type: application/json.".to_owned()
        }
        _ => text,
    };
    Problem {
        r#type: format!(
            "urn:smp:{}",
            status.canonical_reason().unwrap_or("error").to_lowercase().replace(' ', "_")
        ),
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail,
        errors: None,
    }
    .into_response()
}

/// The parameter a poem-openapi message speaks of.
fn wrong_field(text: &str) -> Option<FieldError> {
    let (field, why) = text.strip_prefix("failed to parse parameter `")?.split_once("`: ")?;
    Some(FieldError::new(field, why))
}

/// Reads a body whole, within its limit, before anything looks at it.
async fn limit_body(mut request: Request) -> poem::Result<Request> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let declared = request
        .header(header::CONTENT_LENGTH.as_str())
        .and_then(|length| length.parse::<usize>().ok())
        .unwrap_or(0);
    if declared > BODY_BYTES_MAX {
        // Read what little there is more, so that the caller hears the answer instead of a broken
        // connection.
        drop(read_body(request.take_body(), 8 * BODY_BYTES_MAX).await);
        return Err(too_large().into());
    }
    let bytes = read_body(request.take_body(), BODY_BYTES_MAX).await?;
    request.set_body(Body::from_bytes(bytes));
    Ok(request)
}

/// A body of at most so many bytes, whole.
async fn read_body(body: Body, bytes_max: usize) -> Result<bytes::Bytes> {
    let body: http_body_util::combinators::BoxBody<bytes::Bytes, std::io::Error> = body.into();
    Ok(Limited::new(body, bytes_max).collect().await.map_err(|_| too_large())?.to_bytes())
}

fn too_large() -> Error {
    Error::Http {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        detail: format!(
            "The body is larger than {} KiB. Files are uploaded to the address that asset_create gives.",
            BODY_BYTES_MAX / 1024
        ),
    }
}

/// Refuses who comes too often.
async fn limit_rate<E: Endpoint<Output = Response>>(
    endpoint: Arc<E>,
    mut request: Request,
) -> poem::Result<Response> {
    let known = match request.data::<Access>() {
        Some(access) => limits::limit_rate(&request, access).await?,
        None => None,
    };
    if let Some(known) = known {
        request.set_data(known);
    }
    endpoint.call(request).await
}

/// A browser says where a request comes from; one that changes something must come from our own
/// pages. Callers that are no browsers send neither header and carry no ambient cookie to abuse.
async fn refuse_cross_site(request: Request) -> poem::Result<Request> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || same_site(&request)
    {
        Ok(request)
    } else {
        Err(Error::Forbidden("This request came from another site, so nothing was done. Open the page on SMP and try again.".to_owned()).into())
    }
}

/// Whether a browser would say that a request comes from our own pages, or no browser sent it.
fn same_site(request: &Request) -> bool {
    match (request.header("Sec-Fetch-Site"), request.header("Origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            origin.split_once("://").map(|(_, host)| host) == request.header("Host")
        }
        (None, None) => true,
    }
}

/// What a path leads to, as far as headers differ.
#[derive(Clone, Copy)]
enum Place {
    Page,
    Portal,
    Docs,
    Api,
}

impl Place {
    fn of(path: &str) -> Self {
        let places = [("/portal", Self::Portal), ("/docs", Self::Docs), (API_PREFIX, Self::Api)];
        places
            .into_iter()
            .find(|(start, _)| path.starts_with(start))
            .map_or(Self::Page, |(_, place)| place)
    }
}

/// What every answer carries.
struct SecurityHeaders {
    pages: HeaderValue,
    portal: HeaderValue,
    docs: HeaderValue,
    https: bool,
}

impl SecurityHeaders {
    fn new(platform: &Platform) -> Self {
        // Uploads go straight to S3, so the portal may connect to it where it is another origin.
        let s3 = platform.config.s3_public_endpoint.as_deref().unwrap_or("");
        let base = "default-src 'self'; img-src 'self' data:; base-uri 'none'; object-src 'none'; frame-ancestors 'self'";
        let value = |text: String| {
            HeaderValue::from_str(&text)
                .unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'"))
        };
        Self {
            // No form-action: Buy in redirect mode is a form whose answer leads to the provider's
            // approved address.
            pages: value(base.to_owned()),
            portal: value(
                format!("{base}; style-src 'self' 'unsafe-inline'; connect-src 'self' {s3}; img-src 'self' data: blob:; form-action 'self'").replacen(
                    "img-src 'self' data:; ",
                    "",
                    1,
                ),
            ),
            docs: value(format!("{base}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'")),
            https: platform.config.secure_cookies(),
        }
    }

    fn add(&self, place: Place, response: &mut Response) {
        let csp = match place {
            Place::Portal => &self.portal,
            Place::Docs => &self.docs,
            Place::Page | Place::Api => &self.pages,
        };
        let headers = response.headers_mut();
        // A kept email styles itself and brings a policy of its own, stricter in all else.
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| csp.clone());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(
            header::REFERRER_POLICY,
            HeaderValue::from_static("strict-origin-when-cross-origin"),
        );
        if self.https {
            headers.insert(
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
        if matches!(place, Place::Api) {
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        }
    }
}
