//! The demo world as plain data: three providers with their teams, offers and sales, SMP's own
//! team, and shoppers.
//!
//! Nothing here touches the database: the demo loads it through the same functions as the API does.
//! Times are minutes from the moment of loading, money is in minor units, every address ends in
//! `.example`.

mod larkmoor;
mod ohmstead;
mod slackwater;

use super::pictures::Subject;

/// What every account of the demo world signs in with.
pub const PASSWORD: &str = "open-at-noon";

/// Path of the provider's cart below its origin; the approved redirect URL of every redirect sale.
pub const CART_PATH: &str = "/cart";

/// The providers, each a tenant.
pub const PROVIDERS: [&Provider; 3] =
    [&larkmoor::PROVIDER, &slackwater::PROVIDER, &ohmstead::PROVIDER];

/// SMP's own team, one for each role.
pub const STAFF: [Person; 5] = [
    Person { role: "admin", name: "Ines Calloway", email: "admin@smp.example" },
    Person { role: "manager", name: "Jonas Weidmann", email: "manager@smp.example" },
    Person { role: "marketing", name: "Priya Nandakumar", email: "marketing@smp.example" },
    Person { role: "support", name: "Tomás Arrieta", email: "support@smp.example" },
    Person { role: "finance", name: "Hanneke Vos", email: "finance@smp.example" },
];

/// People who buy; the first is the one the demo signs in as.
pub const SHOPPERS: [Person; 4] = [
    Person { role: "shopper", name: "Mara Lindqvist", email: "mara@shopper.example" },
    Person { role: "shopper", name: "Elias Brandt", email: "elias@shopper.example" },
    Person { role: "shopper", name: "Aoife Gallagher", email: "aoife@shopper.example" },
    Person { role: "shopper", name: "Noor El Amrani", email: "noor@shopper.example" },
];

/// Somebody with an account.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// A role of SMP's team or of a provider's, or `shopper`.
    pub role: &'static str,
    pub name: &'static str,
    pub email: &'static str,
}

/// A shop, a maker or an agency that sells through SMP.
#[derive(Debug, Clone, Copy)]
pub struct Provider {
    pub slug: &'static str,
    pub name: &'static str,
    /// ISO 3166-1 code.
    pub country: &'static str,
    pub product_category: &'static str,
    pub about: &'static str,
    pub support_email: &'static str,
    pub support_phone: &'static str,
    pub support_url: &'static str,
    /// Evidence of the requirement of the same name.
    pub registration_number: &'static str,
    /// Evidence of the requirement of the same name.
    pub references: &'static str,
    /// ISO 3166-1 codes of where it delivers.
    pub regions: &'static [&'static str],
    /// Whether it sells through a cart of its own, whose origin SMP approves.
    pub has_cart: bool,
    /// `#rrggbb`, the same as in its pack.
    pub accent: &'static str,
    pub team: &'static [Person],
    pub offers: &'static [Offer],
    pub sales: &'static [Sale],
}

/// A product with its items and pictures.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// What sales refer to it by.
    pub key: &'static str,
    pub title: &'static str,
    pub summary: &'static str,
    /// Paragraphs, parted by blank lines.
    pub description: &'static str,
    /// Paragraphs, parted by blank lines.
    pub terms: &'static str,
    pub currency: &'static str,
    pub items: &'static [Item],
    pub pictures: &'static [Picture],
}

/// A variant of an offer that can be bought.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    pub sku: &'static str,
    pub name: &'static str,
    pub attributes: &'static [(&'static str, &'static str)],
    /// The price outside of sales.
    pub price_minor: i64,
    /// A former, higher price.
    pub compare_at_minor: Option<i64>,
}

/// A picture to draw and upload.
#[derive(Debug, Clone, Copy)]
pub struct Picture {
    pub filename: &'static str,
    pub subject: Subject,
    pub variant: u32,
    pub alt: &'static str,
}

/// Where Buy leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// To SMP's cart.
    Hosted,
    /// To the provider's own.
    Redirect,
}

/// How a sale sells, with what its kind asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    WhileSuppliesLast,
    /// Towards a target; ships so many days after the end, first and last.
    Aggregated {
        target: i32,
        ship_days: (i32, i32),
    },
    /// In the place of the sale's items: each slot with the item it is of.
    Reservation {
        slots: &'static [Slot],
    },
    Voucher {
        valid_days: i32,
    },
}

/// A dated package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub sku: &'static str,
    /// Days from loading.
    pub starts_in_days: i64,
    pub nights: i64,
    pub capacity: i32,
}

/// How far a sale has come with SMP's review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Still being written.
    Draft,
    /// In the review queue.
    Submitted,
    /// Shown to shoppers.
    Approved,
}

/// A sale of an offer.
#[derive(Debug, Clone, Copy)]
pub struct Sale {
    pub slug: &'static str,
    /// Key of the offer.
    pub offer: &'static str,
    pub mode: Mode,
    pub kind: Kind,
    pub stage: Stage,
    /// Minutes from loading; negative is past.
    pub starts_in_minutes: i64,
    /// Minutes from loading; negative is past.
    pub ends_in_minutes: i64,
    pub hold_seconds: i32,
    pub registration: Option<Registration>,
    /// ISO 3166-1 codes; empty is everywhere.
    pub countries: &'static [&'static str],
    pub featured: bool,
    /// What the provider tells the reviewing manager.
    pub note: &'static str,
    pub items: &'static [SaleItem],
    pub access_points: &'static [AccessPoint],
}

/// When one can register for a sale, and whether only those who did can buy.
#[derive(Debug, Clone, Copy)]
pub struct Registration {
    /// Minutes from loading; negative is past.
    pub opens_in_minutes: i64,
    pub closes_in_minutes: i64,
    pub only: bool,
}

/// What a sale offers of an item.
#[derive(Debug, Clone, Copy)]
pub struct SaleItem {
    pub sku: &'static str,
    pub price_minor: i64,
    pub capacity: i32,
    pub limit_per_shopper: i32,
}

/// A tracked link to a sale.
#[derive(Debug, Clone, Copy)]
pub struct AccessPoint {
    /// `social`, `newsletter`, `landing` or `sidebar`.
    pub placement: &'static str,
    pub name: &'static str,
}

/// What a provider's till needs to know of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TillItem {
    pub title: &'static str,
    pub name: &'static str,
    pub price_minor: i64,
    pub currency: &'static str,
}

/// The item of a SKU at the price its shop asks now: that of the redirect sale, else the ordinary
/// one.
pub fn till_item(sku: &str) -> Option<TillItem> {
    PROVIDERS.iter().find_map(|provider| {
        let (offer, item) = provider
            .offers
            .iter()
            .find_map(|offer| Some((offer, offer.items.iter().find(|item| item.sku == sku)?)))?;
        let reduced = provider
            .sales
            .iter()
            .filter(|sale| sale.mode == Mode::Redirect)
            .find_map(|sale| sale.items.iter().find(|item| item.sku == sku))
            .map(|item| item.price_minor);
        Some(TillItem {
            title: offer.title,
            name: item.name,
            price_minor: reduced.unwrap_or(item.price_minor),
            currency: offer.currency,
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_sale_sells_items_of_its_offer_below_their_price() {
        for provider in PROVIDERS {
            for sale in provider.sales {
                let offer = provider
                    .offers
                    .iter()
                    .find(|offer| offer.key == sale.offer)
                    .unwrap_or_else(|| panic!("{} sells nothing", sale.slug));
                assert!(
                    !sale.items.is_empty() && sale.ends_in_minutes > sale.starts_in_minutes,
                    "{}",
                    sale.slug
                );
                assert!(
                    sale.countries.iter().all(|country| provider.regions.contains(country)),
                    "{} goes beyond the provider's regions",
                    sale.slug
                );
                for sold in sale.items {
                    let item = offer
                        .items
                        .iter()
                        .find(|item| item.sku == sold.sku)
                        .unwrap_or_else(|| panic!("{} has no {}", sale.offer, sold.sku));
                    assert!(sold.price_minor < item.price_minor, "{} is no bargain", sold.sku);
                }
            }
        }
    }

    #[test]
    fn names_are_given_once() {
        let mut seen = HashSet::new();
        let people =
            PROVIDERS.iter().flat_map(|provider| provider.team).chain(&STAFF).chain(&SHOPPERS);
        assert!(people.clone().all(|person| seen.insert(person.email)), "an email is taken twice");
        assert!(
            people.clone().all(|person| person.email.ends_with(".example")),
            "an email could be somebody's"
        );
        for provider in PROVIDERS {
            assert!(provider.sales.iter().all(|sale| seen.insert(sale.slug)));
            assert!(
                provider
                    .offers
                    .iter()
                    .flat_map(|offer| offer.items)
                    .all(|item| seen.insert(item.sku))
            );
            assert!(
                provider
                    .offers
                    .iter()
                    .flat_map(|offer| offer.pictures)
                    .all(|picture| seen.insert(picture.filename))
            );
        }
    }

    #[test]
    fn texts_fit_their_fields_and_are_more_than_a_line() {
        for offer in PROVIDERS.iter().flat_map(|provider| provider.offers) {
            assert!(
                offer.title.chars().count() <= 140 && offer.summary.chars().count() <= 300,
                "{}",
                offer.key
            );
            assert!(
                offer.description.split("\n\n").count() >= 3,
                "{} is described in a hurry",
                offer.key
            );
            assert!(offer.items.len() >= 2 && offer.pictures.len() >= 3, "{} is thin", offer.key);
            assert!(
                offer
                    .pictures
                    .iter()
                    .all(|picture| (30..=300).contains(&picture.alt.chars().count())),
                "{} has a picture that is not described",
                offer.key
            );
            assert!(
                offer.items.iter().all(|item| item
                    .compare_at_minor
                    .is_none_or(|former| former > item.price_minor)),
                "{}",
                offer.key
            );
        }
    }

    #[test]
    fn the_till_asks_the_price_of_the_redirect_sale() {
        let item = till_item("OS-ONE-WALNUT").expect("the radio is in the catalogue");
        assert_eq!((item.price_minor, item.currency), (24_900, "EUR"));
        assert_eq!(till_item("nothing"), None);
    }
}
