//! A person's data: exports of it, and the erasure of the account.

use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::{Form as Posted, Path},
};
use uuid::Uuid;

use super::{
    context::{ErasurePage, ExportRow, Form, MyDataPage},
    errors::PageError,
    form::{FormValues, form_value},
    request::{PageRequest, PageSpec},
    response::see_other,
    wording::wire_name,
};
use crate::{
    access::{SigningDevice, sessions},
    kernel::{Error, Result},
    privacy::{self, DataExport, EXPORT_EVERY, ErasureObstacle},
};

const URL: &str = "/account/privacy";

/// Redirects a link to a form's address to the page.
#[handler]
pub fn back_to_data() -> Response {
    see_other(URL)
}

#[handler]
pub async fn data_page(request: &PageRequest) -> Result<Response, PageError> {
    show(request, Form::default(), StatusCode::OK).await
}

async fn show(
    request: &PageRequest,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    let mut tx = request.platform().db.platform("my data").await?;
    let exports = privacy::exports_of(&mut tx, session.account.id).await?;
    let obstacles = privacy::obstacles(&mut tx, session.account.id, request.now).await?;
    drop(tx);
    let page = MyDataPage {
        can_export: exports
            .first()
            .is_none_or(|last| last.requested_at + EXPORT_EVERY <= request.now),
        exports: exports.into_iter().map(|export| export_row(&export, request)).collect(),
        obstacles: obstacles.iter().map(ErasureObstacle::text).collect(),
        needs_password: privacy::needs_password(session, request.now),
    };
    request.show(PageSpec { status, form, ..request.page("pages/my-data") }, &page).await
}

fn export_row(export: &DataExport, request: &PageRequest) -> ExportRow {
    let is_past = export.ready_at.is_some() && !export.can_be_downloaded(request.now);
    ExportRow {
        url: format!("{URL}/exports/{}", export.id),
        state: if is_past { "removed".to_owned() } else { wire_name(&export.state) },
        requested_at: export.requested_at.into(),
        expires_at: export.expires_at().map(Into::into),
        size_kib: export.size_bytes.map(|bytes| (bytes + 1023) / 1024),
    }
}

#[handler]
pub async fn ask_for_export(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    match privacy::request_export(request.platform(), account).await {
        Ok(_) => {
            request
                .flash()
                .success("Your data is being collected. We’ll email you when it is ready.");
        }
        Err(Error::Conflict { detail, .. }) => request.flash().info(&detail),
        Err(error) => return Err(error.into()),
    }
    Ok(see_other(URL))
}

#[handler]
pub async fn download_export(
    request: &PageRequest,
    Path(export): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let id: Uuid = export.parse().map_err(|_| Error::NotFound("export"))?;
    match privacy::export_file(request.platform(), account, id).await {
        Ok(file) => Ok(Response::builder()
            .content_type("application/zip")
            .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name))
            .header(header::CACHE_CONTROL, "no-store")
            .body(file.bytes)),
        Err(Error::Conflict { detail, .. }) => {
            request.flash().info(&detail);
            Ok(see_other(URL))
        }
        Err(error) => Err(error.into()),
    }
}

/// Mails the link that confirms. What is wrong is shown beside the form; a password is not kept.
#[handler]
pub async fn begin_erasure(
    request: &PageRequest,
    device: SigningDevice,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    let password = form_value(&form, "password");
    let device = device.device();
    match privacy::begin_erasure(request.platform(), session, Some(password), &device).await {
        Ok(()) => {
            request.flash().success(&format!(
                "We’ve sent a link to {}. Your account stays until you confirm there.",
                session.account.email
            ));
            Ok(see_other(URL))
        }
        Err(error @ Error::Internal(_)) => Err(error.into()),
        Err(error) => {
            let rejected = Form::rejected([], &error, &["password"]);
            show(request, rejected, error.status()).await
        }
    }
}

/// Asks once more, so that a mail program that opens links deletes nothing.
#[handler]
pub async fn erasure_page(request: &PageRequest) -> Result<Response, PageError> {
    show_erasure(request, Form::default(), StatusCode::OK).await
}

async fn show_erasure(
    request: &PageRequest,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let page = ErasurePage { action: request.path().to_owned() };
    request.show(PageSpec { status, form, ..request.page("pages/erasure") }, &page).await
}

#[handler]
pub async fn confirm_erasure(
    request: &PageRequest,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let sessions = &request.pages.access.sessions;
    match privacy::confirm_erasure(request.platform(), sessions, &token).await {
        Ok(account) => {
            // The link may be opened in a browser where somebody else is signed in.
            if request.account().is_none_or(|signed_in| signed_in == account) {
                request.jar.add(sessions::cookie("", request.secure_cookies()));
            }
            request.flash().success("Your account is being deleted. A last email confirms it.");
            Ok(see_other("/"))
        }
        Err(error @ Error::Internal(_)) => Err(error.into()),
        Err(error) => {
            let status = error.status();
            show_erasure(request, Form::rejected([], &error, &[]), status).await
        }
    }
}
