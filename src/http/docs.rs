//! `/docs`: the API's description to read and to try, made by Swagger UI.

use poem::{Endpoint, Response, endpoint::make_sync};

/// Its own title, the product's type and colours, and no bar of another product.
const HEAD: &str = "<title>SMP API</title>\n<meta name=\"viewport\" content=\"width=device-width, \
    initial-scale=1\">\n<link rel=\"icon\" type=\"image/svg+xml\" href=\"/favicon.svg\">\n<style>\
    body{margin:0;background:#fbfaf7}\
    .smp-docs{padding:1rem 1.25rem;border-bottom:1px solid #ddd7cb;font:1rem/1.6 system-ui,sans-serif;\
    color:#1b1916}\
    .smp-docs a{color:inherit}\
    .swagger-ui .topbar,.swagger-ui .info hgroup.main a,.swagger-ui .info .title small{display:none}\
    .swagger-ui .info .title,.swagger-ui .opblock-tag{font-family:Georgia,serif;font-weight:500;\
    color:#1b1916}\
    .swagger-ui .info{margin:1.5rem 0}\
    .swagger-ui .scheme-container{background:none;box-shadow:none}\
    </style>";
const BAR: &str = "<header class=\"smp-docs\"><a href=\"/\">SMP</a> · API · \
    <a href=\"/openapi.json\">openapi.json</a></header>\n<div id=\"ui\"></div>";

/// The page, from Swagger UI's own.
pub fn docs_page(swagger_ui: &str) -> impl Endpoint<Output = Response> + use<> {
    let page = swagger_ui
        .replacen("<html charset=\"UTF-8\">", "<!doctype html>\n<html lang=\"en\">", 1)
        .replacen("<title>Swagger UI</title>", HEAD, 1)
        .replacen("<div id=\"ui\"></div>", BAR, 1)
        .trim_start()
        .to_owned();
    make_sync(move |_| {
        Response::builder().content_type("text/html; charset=utf-8").body(page.clone())
    })
}
