//! The second factor of an account: its part of the page Security, setting one up, new recovery codes,
//! replacing and removing it.

use base64::{Engine, engine::general_purpose::STANDARD};
use poem::{
    Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Path,
};
use strum::EnumString;

use super::{
    context::{
        FactorApp, FactorChangePage, FactorSetUpPage, Form, RecoveryCodesPage, SecondFactorPanel,
    },
    errors::{self, PageError},
    form::TypedForm,
    kept_form,
    request::{PageRequest, PageSpec},
    response::see_other,
};
use crate::{
    access::{AppSetUp, Session, second_factor, sign_in::SigningDevice},
    kernel::{Error, Result},
};

const SECURITY: &str = "/account/security";
const SET_UP: &str = "/account/security/second-factor";
const SECRET_GROUP_CHARS: usize = 4;

/// What can be done about a factor in use, each with a code of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
enum FactorStep {
    Replace,
    Codes,
    Remove,
}

/// The part of the page Security about the second factor.
pub async fn panel(request: &PageRequest) -> Result<SecondFactorPanel> {
    let session = request.session.as_deref().ok_or(Error::Unauthenticated("Sign in first."))?;
    let status = second_factor::status(request.platform(), session).await?;
    Ok(SecondFactorPanel {
        confirmed_at: status.confirmed_at.map(Into::into),
        recovery_codes_left: status.recovery_codes_left,
        is_required: status.is_required,
        due_at: status.due_at.map(Into::into),
    })
}

#[handler]
pub async fn set_up_page(request: &PageRequest) -> Result<Response, PageError> {
    show_set_up(request, Form::default(), StatusCode::OK).await
}

/// Begins to set up a factor, or begins anew.
#[handler]
pub async fn begin_set_up(request: &PageRequest) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    match second_factor::offer(request.platform(), session).await {
        Ok(_) => Ok(see_other(SET_UP)),
        Err(Error::Coded { code: "second_factor_needed", .. }) => {
            Ok(see_other(&step_path(FactorStep::Replace)))
        }
        Err(Error::Coded { code: "email_unverified", .. }) => {
            Ok(see_other(&format!("/verify{}", errors::next_query(SET_UP))))
        }
        Err(error) => Err(error.into()),
    }
}

#[handler]
pub async fn confirm_set_up(
    request: &PageRequest,
    device: SigningDevice,
    form: TypedForm,
) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    let confirmed = async {
        form.check_limit()?;
        let network = device.device().address;
        second_factor::confirm(request.platform(), session, network, form.value("code")).await
    };
    match confirmed.await {
        Ok(codes) => {
            read_again(request, session).await;
            show_codes(request, codes, true).await
        }
        Err(Error::Coded { code: "second_factor_needed", .. }) => {
            Ok(see_other(&step_path(FactorStep::Replace)))
        }
        Err(Error::Conflict { code: "set_up_expired", detail }) => {
            request.flash().info(&detail);
            Ok(see_other(SET_UP))
        }
        Err(error) => {
            let show = |form, status| show_set_up(request, form, status);
            kept_form::show_again(request, &form.values, &[], &["code"], error, show).await
        }
    }
}

#[handler]
pub async fn step_page(
    request: &PageRequest,
    Path(step): Path<String>,
) -> Result<Response, PageError> {
    let step: FactorStep = step.parse().map_err(|_| Error::NotFound("page"))?;
    show_step(request, step, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn take_step(
    request: &PageRequest,
    Path(step): Path<String>,
    device: SigningDevice,
    form: TypedForm,
) -> Result<Response, PageError> {
    let step: FactorStep = step.parse().map_err(|_| Error::NotFound("page"))?;
    let session = request.signed_in()?;
    let proved = async {
        form.check_limit()?;
        prove(request, session, device.device().address, form.value("code")).await
    };
    let session = match proved.await {
        Ok(session) => session,
        Err(error) => {
            let show = |form, status| show_step(request, step, form, status);
            return kept_form::show_again(request, &form.values, &[], &["code"], error, show).await;
        }
    };
    let platform = request.platform();
    match step {
        FactorStep::Replace => {
            second_factor::offer(platform, &session).await?;
            Ok(see_other(SET_UP))
        }
        FactorStep::Codes => {
            let codes = second_factor::renew_recovery_codes(platform, &session).await?;
            show_codes(request, codes, false).await
        }
        FactorStep::Remove => {
            second_factor::remove(platform, &session).await?;
            read_again(request, &session).await;
            request.flash().success("The second factor is removed.");
            Ok(see_other(SECURITY))
        }
    }
}

/// The session, once it has proved its second factor, unless it did so a moment ago.
async fn prove(
    request: &PageRequest,
    session: &Session,
    network: &str,
    code: &str,
) -> Result<Session> {
    if second_factor::require_step_up(session, request.now).is_ok() {
        return Ok(session.clone());
    }
    second_factor::step_up(request.platform(), session, network, code).await?;
    read_again(request, session).await;
    Ok(Session { factor_at: Some(request.now), ..session.clone() })
}

/// Has the session read again, on every node.
async fn read_again(request: &PageRequest, session: &Session) {
    let sessions = &request.pages.access.sessions;
    sessions.changed(request.platform(), session.account.id).await;
}

fn step_path(step: FactorStep) -> String {
    format!("{SET_UP}/{}", step.into_str())
}

async fn show_set_up(
    request: &PageRequest,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    let state = second_factor::status(request.platform(), session).await?;
    let app = second_factor::offered(request.platform(), session).await?;
    let page = FactorSetUpPage {
        is_required: state.is_required,
        due_at: state.due_at.map(Into::into),
        is_replacement: state.confirmed_at.is_some(),
        app: app.as_ref().map(app_view),
    };
    let spec = PageSpec { status, form, ..request.page("pages/second-factor") };
    Ok(unstored(request.show(spec, &page).await?))
}

fn app_view(app: &AppSetUp) -> FactorApp {
    let chars: Vec<char> = app.secret.chars().collect();
    let groups: Vec<String> =
        chars.chunks(SECRET_GROUP_CHARS).map(|group| group.iter().collect()).collect();
    FactorApp {
        secret: groups.join(" "),
        url: app.url.clone(),
        picture: format!("data:image/svg+xml;base64,{}", STANDARD.encode(&app.picture)),
    }
}

async fn show_codes(
    request: &PageRequest,
    codes: Vec<String>,
    is_new: bool,
) -> Result<Response, PageError> {
    let page = RecoveryCodesPage { codes, is_new };
    Ok(unstored(request.show(request.page("pages/recovery-codes"), &page).await?))
}

/// A page with a secret, which no browser is to keep.
fn unstored(mut page: Response) -> Response {
    page.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}

async fn show_step(
    request: &PageRequest,
    step: FactorStep,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let session = request.signed_in()?;
    if !session.has_factor {
        return Ok(see_other(SET_UP));
    }
    let page = FactorChangePage {
        change: step.into_str().to_owned(),
        asks_code: second_factor::require_step_up(session, request.now).is_err(),
    };
    request
        .show(PageSpec { status, form, ..request.page("pages/second-factor-change") }, &page)
        .await
}
