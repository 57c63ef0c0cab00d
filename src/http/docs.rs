//! `/docs`: the API's description to read and to try, made by Swagger UI.

/// Its own title, the product's type and colours, and no bar of another product.
const HEAD: &str = "<title>SMP API</title>\n<meta name=\"viewport\" content=\"width=device-width, \
    initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
    <link rel=\"icon\" type=\"image/svg+xml\" href=\"/favicon.svg\">\n<style>\
    body{margin:0;background:#fbfaf7}\
    .smp-docs{padding:1rem 1.25rem;border-bottom:1px solid #ddd7cb;font:1rem/1.6 system-ui,sans-serif;\
    color:#1b1916}\
    .smp-docs a{color:inherit}\
    .swagger-ui .topbar,.swagger-ui .info hgroup.main a,.swagger-ui .info .title small{display:none}\
    .swagger-ui .info .title,.swagger-ui .opblock-tag{font-family:Georgia,serif;font-weight:500;\
    color:#1b1916}\
    .swagger-ui .info{margin:1.5rem 0}\
    .swagger-ui .scheme-container{background:none;box-shadow:none}\
    @media (max-width:640px){.swagger-ui .wrapper{padding:0 .75rem}\
    .swagger-ui .opblock .opblock-summary{flex-wrap:wrap}\
    .swagger-ui .opblock-summary-path,.swagger-ui .opblock-summary-description{flex:1 1 100%;\
    max-width:100%;padding:.25rem .5rem;word-break:break-word}\
    .swagger-ui table.parameters,.swagger-ui table.responses-table{display:block;overflow-x:auto}}\
    @media (prefers-color-scheme:dark){body{background:#161513}\
    .smp-docs{color:#efebe3;border-color:#38342d}\
    .swagger-ui,.swagger-ui .highlight-code{\
    filter:invert(.9) hue-rotate(180deg)}}\
    </style>";
const BAR: &str = "<header class=\"smp-docs\"><a href=\"/\">SMP</a> · API · \
    <a href=\"/openapi.json\">openapi.json</a></header>\n<div id=\"ui\"></div>";

/// The page, from Swagger UI's own, with the published description in the place of the one that
/// poem-openapi made.
pub fn docs_page(swagger_ui: &str, made: &str, published: &str) -> String {
    swagger_ui
        .replacen(made, &published.replace("</", "<\\/"), 1)
        .replacen("<html charset=\"UTF-8\">", "<!doctype html>\n<html lang=\"en\">", 1)
        .replacen("<title>Swagger UI</title>", HEAD, 1)
        .replacen("<div id=\"ui\"></div>", BAR, 1)
        .trim_start()
        .to_owned()
}
