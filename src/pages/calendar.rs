//! The start of a sale as a file for calendars.

use poem::{Response, handler, http::header, web::Path};

use super::{errors::PageError, request::PageRequest};
use crate::{kernel::Error, sales};

#[handler]
pub async fn start_file(
    request: &PageRequest,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let calendar = sales::start_calendar(request.platform(), &snapshot.sale);
    Ok(Response::builder()
        .content_type("text/calendar; charset=utf-8; method=PUBLISH")
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.ics\"", snapshot.sale.slug),
        )
        .header(header::CACHE_CONTROL, "no-cache")
        .body(calendar))
}
