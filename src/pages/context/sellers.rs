//! What the page of a seller is given.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;

contexts! {
    SellerPage {
        slug: String,
        /// Whether this shopper follows the provider.
        is_followed: bool,
        seller: Seller,
    }
    /// A provider, with what it says of itself by law.
    Seller {
        name: String,
        about: Option<String>,
        /// The registered name with its legal form.
        company: Option<String>,
        /// Its lines; empty if it has given none.
        address: Vec<String>,
        country: String,
        represented_by: Option<String>,
        register: Option<String>,
        vat_id: Option<String>,
        support_email: Option<String>,
        support_phone: Option<String>,
        support_url: Option<String>,
        /// Paragraphs; empty if it has none of its own.
        terms: Vec<String>,
    }
}
