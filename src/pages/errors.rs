//! Why a page cannot be shown: an error, and what it means for the shopper's money and units.

use std::sync::Arc;

use poem::Response;
use time::OffsetDateTime;
use url::form_urlencoded;

use super::{
    context::SaleCard,
    wording::{MoneyOutcome, StockOutcome},
};
use crate::kernel::Error;

/// A page that cannot be shown, or a form that cannot be processed.
#[derive(Debug, Clone)]
pub struct PageError(Box<PageErrorParts>);

#[derive(Debug, Clone)]
struct PageErrorParts {
    error: Arc<Error>,
    notes: ErrorNotes,
    /// Where to redirect instead of showing the error.
    redirect: Option<String>,
}

/// What an error page says in addition to the error itself.
#[derive(Debug, Clone, Default)]
pub struct ErrorNotes {
    pub money: Option<MoneyOutcome>,
    pub stock: Option<StockOutcome>,
    /// Until when the shopper's units are held.
    pub expires_at: Option<OffsetDateTime>,
    pub sale: Option<SaleCard>,
}

impl PageError {
    /// Redirects to the sign-in page, which leads back to `next`.
    pub fn sign_in(next: &str) -> Self {
        let mut page_error = Self::from(Error::Unauthenticated("Sign in first."));
        page_error.0.redirect = Some(sign_in_url(next));
        page_error
    }

    pub fn with_money(mut self, outcome: MoneyOutcome) -> Self {
        self.0.notes.money = Some(outcome);
        self
    }

    pub fn with_stock(mut self, outcome: StockOutcome, expires_at: Option<OffsetDateTime>) -> Self {
        self.0.notes.stock = Some(outcome);
        self.0.notes.expires_at = expires_at;
        self
    }

    pub fn with_sale(mut self, sale: SaleCard) -> Self {
        self.0.notes.sale = Some(sale);
        self
    }

    pub fn error(&self) -> &Error {
        &self.0.error
    }

    pub fn notes(&self) -> &ErrorNotes {
        &self.0.notes
    }

    pub fn redirect(&self) -> Option<&str> {
        self.0.redirect.as_deref()
    }
}

impl From<Arc<Error>> for PageError {
    fn from(error: Arc<Error>) -> Self {
        Self(Box::new(PageErrorParts { error, notes: ErrorNotes::default(), redirect: None }))
    }
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        Arc::new(error).into()
    }
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        Error::from(error).into()
    }
}

/// Carries the error itself to the error page. The response is a stand-in that is never sent.
impl From<PageError> for poem::Error {
    fn from(page_error: PageError) -> Self {
        let status = page_error.error().status();
        let mut error = Self::from_response(Response::builder().status(status).finish());
        error.set_error_message(status.to_string());
        error.set_data(page_error);
        error
    }
}

/// The error in a response of a page, or of the layers around it (limits, routing, panics).
pub fn take_error(response: &mut Response) -> Option<PageError> {
    let extensions = response.extensions_mut();
    if let Some(page_error) = extensions.remove::<PageError>() {
        return Some(page_error);
    }
    if let Some(error) = extensions.remove::<Arc<Error>>() {
        return Some(error.into());
    }
    let is_problem =
        response.content_type().is_some_and(|kind| kind.starts_with("application/problem+json"));
    let status = response.status();
    is_problem.then(|| Error::Http { status, detail: String::new() }.into())
}

/// The sign-in page's address, with the way back.
pub fn sign_in_url(next: &str) -> String {
    format!("/sign-in{}", next_query(next))
}

/// `?next=…` for links to the sign-in and sign-up pages; empty when there is no page to go back to.
pub fn next_query(next: &str) -> String {
    if next.is_empty() || next == "/" {
        return String::new();
    }
    format!("?next={}", form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_back_to_the_page() {
        assert_eq!(
            sign_in_url("/sales/x?item=1&quantity=2"),
            "/sign-in?next=%2Fsales%2Fx%3Fitem%3D1%26quantity%3D2"
        );
        assert_eq!((next_query(""), next_query("/")), (String::new(), String::new()));
    }
}
