//! Every route of the server and the layers around them, in one list each.
//!
//! A node has two endpoints: the public one, and one for its operators (`SMP_METRICS_LISTEN`).

mod body_limit;
mod cross_site;
mod docs;
mod express;
mod health;
mod metrics;
mod odd_bytes;
mod openapi;
mod problem;
mod reference;
mod security_headers;
mod serve;

pub use body_limit::BODY_BYTES_MAX;
pub use serve::{ConnectionLimits, serve};

use std::{sync::Arc, time::Instant};

use poem::{
    Endpoint, EndpointExt, IntoResponse, Response, Route,
    endpoint::{StaticFilesEndpoint, make_sync},
    get,
    middleware::CookieJarManager,
};
use poem_openapi::{OpenApi, OpenApiService};

use crate::{
    access::{
        Access, AccessApi, AccountApi, ApiKeyApi, AuditApi, LastSeen, PhoneApi, ProfileApi,
        SESSION_STREAM_PATH, SecondFactorApi, Sessions, SignInMethodsApi, StaffApi,
        api_keys::KeyUses, limits::limit_tracking, policy::Policy, session_stream,
    },
    assets::{self, AssetsApi},
    care::CareApi,
    checkouts::{AddressBookApi, CheckoutsApi},
    contracts::{ContractTemplatesApi, ContractsApi},
    fulfilment::FulfilmentApi,
    invoices::{InvoicesApi, InvoicingApi},
    jobs::JobsApi,
    ledger::{CommissionApi, LedgerDifferencesApi},
    notifications::{self, MailNoticesApi, MessageCatalogueApi, NotificationsApi},
    offers::OffersApi,
    orders::{DisputeEvidenceApi, OrderRecordsApi, OrdersApi, PaymentsApi, RefundsApi},
    pages::Pages,
    payouts::{DisputesApi, PayoutsApi},
    platform::{Mailer, Platform, objects, urls::API_PREFIX},
    privacy::PrivacyApi,
    providers::{MembershipApi, ProvidersApi, TeamApi, Themes},
    redemptions::RedemptionsApi,
    redirect::{self, IntegrationApi, PostbackApi, RedirectApi},
    rehearsal::RehearsalApi,
    reviews::{ProofApi, ReviewApi, StockFigureApi},
    sales::{AccessPointsApi, FollowingApi, RegistrationApi, SaleCache, SalesApi, StorefrontApi},
    statements::{StatementFinanceApi, StatementsApi},
    statistics::{StatisticsApi, StatisticsPublicApi},
    stock::{Allocator, ReceiptApi, StockApi, WaitlistApi, WaitlistPositions},
    vetting::{ApplicationApi, DefinitionApi, LeadApi, RequirementApi},
};
use body_limit::limit_body;
use cross_site::refuse_cross_site;
use express::Express;
use odd_bytes::refuse_odd_bytes;
use openapi::ApiDescription;
use problem::{catch_panic, problem};
use reference::ReferenceApi;
use security_headers::{Area, SecurityHeaders};

const API_DESCRIPTION: &str = "A flash-sale marketplace that never oversells. Money is in minor \
    units of its currency, times are RFC 3339 in UTC.\n\n\
    People sign in with `session_create` and send the cookie it sets; a provider's servers send an \
    API key. Each operation says who may call it.\n\n\
    Errors are problem+json (RFC 9457): `type` is for programs, `detail` says what to do. Any \
    operation may answer 400 (cannot be read, such as a `cursor` that is none), 401 (not signed in), \
    403 (the role may not), 404 (unknown, or another's), 422 (wrong values, all of them listed in \
    `errors`), 429 and 503 (try again after `Retry-After` seconds). What an operation refuses beyond \
    that, it says itself.\n\n\
    SMP's team and owners of providers need a second factor from their second day on: without one, what \
    their role may do is a 403 `urn:smp:second_factor_required`. With one, what moves payouts, API keys \
    or roles asks for a code that is at most ten minutes old: 403 `urn:smp:second_factor_needed`, then \
    `second_factor_check`.\n\n\
    What needs a sale that is open (a hold, a click-out, a checkout, a registration) is otherwise \
    refused with status 409 and one of these types: `urn:smp:not_started`, `urn:smp:ended`, \
    `urn:smp:halted` (the sale is halted, or its seller is suspended, has no contract in force \
    or cannot be paid), `urn:smp:cancelled`.\n\n\
    Every example was executed, in one story from a provider's invitation to its refunds. Lists \
    in them are cut to three entries.";

/// What a node serves.
pub struct Endpoints<P, O> {
    /// Pages, portal, API and files, for everyone.
    pub public: P,
    /// Metrics, health and, in production, the outbox, for the operators of this installation.
    pub operators: O,
}

/// The whole API. With a platform that is connected to nothing it can still be described.
fn api(
    platform: &Platform,
    themes: &Themes,
    allocator: &Allocator,
    waitlist_positions: &WaitlistPositions,
) -> OpenApiService<impl OpenApi + use<>, ()> {
    let p = || platform.clone();
    // A tuple has at most 16 items.
    let people = (
        ReferenceApi { addresses: platform.addresses.clone() },
        AccessApi { platform: p() },
        AccountApi { platform: p() },
        SignInMethodsApi { platform: p() },
        SecondFactorApi { platform: p() },
        PhoneApi { platform: p() },
        ProfileApi { platform: p() },
        PrivacyApi { platform: p() },
        StaffApi { platform: p() },
        ApiKeyApi { platform: p() },
        AuditApi { platform: p() },
    );
    let providers = (
        ProvidersApi { platform: p() },
        TeamApi { platform: p() },
        MembershipApi { platform: p() },
        ContractsApi { platform: p() },
        ContractTemplatesApi { platform: p() },
        LeadApi { platform: p() },
        ApplicationApi { platform: p() },
        DefinitionApi { platform: p() },
        RequirementApi { platform: p() },
    );
    let supply = (
        AssetsApi { platform: p() },
        OffersApi { platform: p() },
        SalesApi { platform: p() },
        ReviewApi { platform: p() },
        ProofApi { platform: p() },
        StockFigureApi { platform: p() },
        AccessPointsApi { platform: p() },
        StorefrontApi { platform: p() },
        RegistrationApi { platform: p() },
        FollowingApi { platform: p() },
    );
    let demand = (
        StockApi { platform: p(), allocator: allocator.clone() },
        WaitlistApi { platform: p(), positions: waitlist_positions.clone() },
        ReceiptApi { platform: p(), allocator: allocator.clone() },
        RehearsalApi { platform: p() },
        OrdersApi { platform: p() },
        PaymentsApi { platform: p() },
        OrderRecordsApi { platform: p() },
        RefundsApi { platform: p() },
        CheckoutsApi { platform: p() },
        AddressBookApi { platform: p() },
        FulfilmentApi { platform: p() },
        RedemptionsApi { platform: p() },
        RedirectApi { platform: p() },
        PostbackApi { platform: p() },
        IntegrationApi { platform: p() },
    );
    let support = (
        CareApi { platform: p() },
        StatisticsApi { platform: p() },
        StatisticsPublicApi { platform: p() },
        JobsApi { platform: p() },
        PayoutsApi { platform: p() },
        DisputesApi { platform: p() },
        DisputeEvidenceApi { platform: p() },
        InvoicesApi { platform: p() },
        InvoicingApi { platform: p() },
        CommissionApi { platform: p() },
        LedgerDifferencesApi { platform: p() },
        StatementsApi { platform: p() },
        StatementFinanceApi { platform: p() },
    );
    let messages = (
        NotificationsApi { platform: p() },
        MessageCatalogueApi { platform: p(), themes: themes.clone() },
        MailNoticesApi { platform: p() },
    );
    let all = (people, providers, supply, demand, support, messages);
    OpenApiService::new(all, "SMP", env!("CARGO_PKG_VERSION"))
        .description(API_DESCRIPTION)
        .server(API_PREFIX)
}

/// The API's description, the same bytes every time.
pub fn openapi(platform: &Platform) -> anyhow::Result<String> {
    let allocator = Allocator::new(platform, &SaleCache::new(platform), &Sessions::new(platform));
    let themes = Themes::load(&platform.config.tenants_dir)?;
    let positions = WaitlistPositions::new(platform);
    Ok(openapi::description(&api(platform, &themes, &allocator, &positions))?.json.clone())
}

/// Everything a node serves.
pub async fn endpoints(
    platform: &Platform,
    themes: &Themes,
) -> anyhow::Result<
    Endpoints<impl Endpoint<Output = Response> + use<>, impl Endpoint<Output = Response> + use<>>,
> {
    let sessions = Sessions::new(platform);
    let allocator = Allocator::new(platform, &SaleCache::new(platform), &sessions);
    tokio::spawn(allocator.clone().start_writers_ahead());
    let waitlist_positions = WaitlistPositions::new(platform);
    let service = api(platform, themes, &allocator, &waitlist_positions);
    let description = openapi::description(&service)?;
    let access = Access {
        platform: platform.clone(),
        sessions,
        policy: Arc::new(Policy::load().await?),
        key_uses: KeyUses::default(),
        last_seen: LastSeen::default(),
        operations: description.operations.clone(),
    };
    let pages = Pages::new(platform, &access, &allocator, &waitlist_positions, themes);
    let express = Express::new(&access, StockApi { platform: platform.clone(), allocator }, &pages);
    let routes = public_routes(platform, service, description, &pages)?
        .data(access)
        .data(platform.clone())
        .with(CookieJarManager::new())
        .with(catch_panic())
        .boxed();
    Ok(Endpoints {
        public: with_express(routes, express, SecurityHeaders::new(platform)),
        operators: operator_routes(platform, &pages),
    })
}

fn public_routes(
    platform: &Platform,
    service: OpenApiService<impl OpenApi + 'static, ()>,
    description: &'static ApiDescription,
    pages: &Pages,
) -> anyhow::Result<Route> {
    let config = &platform.config;
    let api = Route::new()
        .nest("/", service)
        .catch_all_error(problem)
        .before(limit_body)
        .before(refuse_cross_site)
        .before(refuse_odd_bytes);
    let docs = unchanging("text/html; charset=utf-8", &description.docs);
    let json = unchanging("application/json", &description.json);
    let portal =
        StaticFilesEndpoint::new(&config.portal_dir).index_file("index.html").fallback_to_index();
    let mut page_routes = pages.routes();
    let mut routes = Route::new()
        .nest(API_PREFIX, api)
        .nest("/docs", Route::new().at("/", docs))
        .at("/openapi.json", json)
        .nest("/portal", portal.before(refuse_odd_bytes))
        .nest("/media", assets::media_routes(platform).before(refuse_odd_bytes))
        .nest(
            "/webhooks/sms",
            notifications::sms_routes(platform)
                .catch_all_error(problem)
                .before(limit_body)
                .before(refuse_odd_bytes),
        )
        .at("/pixel/:file", get(limit_tracking(redirect::pixel_image)).before(refuse_odd_bytes))
        .at(SESSION_STREAM_PATH, get(session_stream).before(refuse_odd_bytes))
        .at("/healthz", get(health::healthz))
        .at("/readyz", get(health::readyz));
    if !config.production {
        routes = routes.at("/metrics", get(metrics::metrics_page));
        page_routes = Pages::add_dev_routes(page_routes);
    }
    if config.s3_endpoint.is_none() {
        let files = objects::embedded_endpoint(
            &config.data,
            &config.s3_bucket,
            &config.s3_access_key,
            &config.s3_secret_key,
        )?;
        routes = routes.nest_no_strip(format!("/{}", config.s3_bucket), files);
    }
    let page_routes = page_routes
        .before(limit_body)
        .before(refuse_cross_site)
        .before(refuse_odd_bytes)
        .with(catch_panic())
        .catch_all_error(problem);
    Ok(routes.nest_no_strip("/", pages.wrap(page_routes)))
}

fn unchanging(content_type: &'static str, text: &'static str) -> impl Endpoint<Output = Response> {
    make_sync(move |_| Response::builder().content_type(content_type).body(text))
}

/// Metrics and health; in production, the outbox as well, where mail is kept instead of sent.
fn operator_routes(platform: &Platform, pages: &Pages) -> impl Endpoint<Output = Response> + use<> {
    let mut routes = Route::new()
        .at("/metrics", get(metrics::metrics_page))
        .at("/healthz", get(health::healthz))
        .at("/readyz", get(health::readyz));
    if platform.config.production && matches!(platform.mailer, Mailer::Kept) {
        let outbox = Pages::add_dev_routes(Pages::add_file_routes(Route::new()));
        routes = routes.nest_no_strip("/", pages.wrap(outbox.catch_all_error(problem)));
    }
    let headers = Arc::new(SecurityHeaders::new(platform));
    routes
        .data(platform.clone())
        .with(CookieJarManager::new())
        .with(catch_panic())
        .catch_all_error(problem)
        .boxed()
        .around(move |endpoint, request| {
            let headers = headers.clone();
            async move {
                let mut response = endpoint.call(request).await?.into_response();
                headers.add(Area::Pages, &mut response);
                Ok(response)
            }
        })
}

/// The outermost layer: the short way past the routers, metrics and security headers.
fn with_express(
    routes: impl Endpoint<Output = Response> + 'static,
    express: Express,
    headers: SecurityHeaders,
) -> impl Endpoint<Output = Response> {
    let layers = Arc::new((express, headers));
    routes.around(move |routes, request| {
        let layers = layers.clone();
        async move {
            let (express, headers) = &*layers;
            let started = Instant::now();
            let area = Area::of(request.uri().path());
            let mut response = match express.answer(request).await {
                Ok(response) => response,
                Err(request) => match routes.call(request).await {
                    Ok(response) => response,
                    Err(error) => problem(error).await,
                },
            };
            metrics::record(&response, started);
            headers.add(area, &mut response);
            Ok(response)
        }
    })
}
