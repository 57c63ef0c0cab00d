//! What makes a sale valid: its window, its prices, the address of the provider's cart; and what
//! cannot change once it is published.

use std::collections::{BTreeSet, HashSet};

use time::{Duration, OffsetDateTime};

use super::{
    content::{Content, ContentAsset},
    deposit, guarantee,
    input::{NewSale, NewSaleItem, SaleInput, SaleItemInput},
    kinds,
    phase::RegistrationWindow,
    sale::Sale,
    states::SaleMode,
};
use crate::{
    assets::AssetKind,
    kernel::{
        Country, Error, FieldErrors, Result,
        limits::{
            ITEMS_MAX, PRICE_MINOR_MAX, SALE_SLUG_CHARS_MAX, UNITS_MAX, UNITS_PER_SHOPPER_MAX,
        },
        validate,
    },
    offers::{Offer, OfferState},
};

/// Longest window of a sale.
const WINDOW_MAX: Duration = Duration::days(60);
const HOLD_SECONDS: std::ops::RangeInclusive<i32> = 30..=3600;
const WAITLIST_OFFER_SECONDS: std::ops::RangeInclusive<i32> = 60..=86_400;

/// Checks a sale against its offer and the origins SMP approved for the provider's cart.
pub fn check(input: &SaleInput, offer: &Offer, cart_origins: &[String]) -> Result<NewSale> {
    let mut fields = FieldErrors::default();
    let slug = input.slug.as_deref().map(str::trim).filter(|slug| !slug.is_empty());
    let slug = slug.map(|slug| validate::slug(&mut fields, "slug", slug, SALE_SLUG_CHARS_MAX));
    fields.check(
        offer.state == OfferState::Draft,
        "offer_id",
        "This offer is archived; choose another",
    );
    window(&mut fields, input.starts_at, input.ends_at);
    fields.check(
        HOLD_SECONDS.contains(&input.hold_seconds),
        "hold_seconds",
        "Must be from 30 to 3600 seconds",
    );
    let registration = registration(&mut fields, input);
    fields.check(
        WAITLIST_OFFER_SECONDS.contains(&input.waitlist_offer_seconds),
        "waitlist_offer_seconds",
        "Must be from 60 to 86400 seconds",
    );
    let country = |(index, country): (usize, &String)| {
        validate::country(&mut fields, &format!("countries.{index}"), country)
    };
    let countries: BTreeSet<String> =
        input.countries.iter().take(Country::all().len()).enumerate().map(country).collect();
    let redirect_url = redirect(&mut fields, input, cart_origins);
    fields.check(
        input.mode == SaleMode::Redirect || !input.sold_out_at_guarantee,
        "sold_out_at_guarantee",
        "Only a redirect sale has this; leave it out",
    );
    let items = items(&mut fields, input, offer);
    let terms_of_kind = kinds::check(&mut fields, input);
    fields.finish()?;
    Ok(NewSale {
        slug,
        offer: offer.id,
        mode: input.mode,
        kind: input.kind,
        starts_at: input.starts_at,
        ends_at: input.ends_at,
        hold_seconds: input.hold_seconds,
        registration,
        registered_only: input.registered_only,
        waitlist_offer_seconds: input.waitlist_offer_seconds,
        redirect_url,
        sold_out_at_guarantee: input.sold_out_at_guarantee,
        countries: countries.into_iter().collect(),
        items,
        terms_of_kind,
    })
}

fn window(fields: &mut FieldErrors, starts_at: OffsetDateTime, ends_at: OffsetDateTime) {
    // A window outside of these years can be neither written as RFC 3339 nor stored.
    let years = 2000..=2999;
    fields.check(
        years.contains(&starts_at.year()),
        "starts_at",
        "Must be a year from 2000 to 2999",
    );
    fields.check(years.contains(&ends_at.year()), "ends_at", "Must be a year from 2000 to 2999");
    fields.check(ends_at > starts_at, "ends_at", "Must be after the start");
    fields.check(
        ends_at - starts_at <= WINDOW_MAX,
        "ends_at",
        &format!("Must be at most {} days after the start", WINDOW_MAX.whole_days()),
    );
}

fn registration(fields: &mut FieldErrors, input: &SaleInput) -> Option<RegistrationWindow> {
    let years = 2000..=2999;
    match (input.registration_opens_at, input.registration_closes_at) {
        (Some(opens_at), Some(closes_at)) => {
            fields.check(
                years.contains(&opens_at.year()),
                "registration_opens_at",
                "Must be a year from 2000 to 2999",
            );
            fields.check(
                closes_at > opens_at,
                "registration_closes_at",
                "Must be after registration opens",
            );
            fields.check(
                closes_at <= input.ends_at,
                "registration_closes_at",
                "Must be at or before the sale's end",
            );
        }
        (Some(_), None) => {
            fields.add("registration_closes_at", "Is required when registration_opens_at is given");
        }
        (None, Some(_)) => {
            fields.add("registration_opens_at", "Is required when registration_closes_at is given");
        }
        (None, None) => fields.check(
            !input.registered_only,
            "registered_only",
            "Needs a registration window: say when registration opens and closes",
        ),
    }
    RegistrationWindow::of(input.registration_opens_at, input.registration_closes_at)
}

fn redirect(
    fields: &mut FieldErrors,
    input: &SaleInput,
    cart_origins: &[String],
) -> Option<String> {
    let text = input.redirect_url.as_deref().map(str::trim).filter(|text| !text.is_empty());
    match (input.mode, text) {
        (SaleMode::Hosted, None) => None,
        (SaleMode::Hosted, Some(_)) => {
            fields.add("redirect_url", "Only a redirect sale has this; leave it out");
            None
        }
        (SaleMode::Redirect, None) => {
            fields.add("redirect_url", "Is required for a redirect sale: the provider's cart");
            None
        }
        (SaleMode::Redirect, Some(text)) => {
            let url = validate::web_url(fields, "redirect_url", text)?;
            if let Some(message) = foreign_origin(&url, cart_origins) {
                fields.add("redirect_url", message);
            }
            Some(url.to_string())
        }
    }
}

/// Why a URL is not at an approved origin of the provider's cart; None when it is.
pub fn foreign_origin(url: &url::Url, cart_origins: &[String]) -> Option<String> {
    let origin = url.origin();
    let approved =
        |text: &String| url::Url::parse(text).is_ok_and(|approved| approved.origin() == origin);
    if cart_origins.iter().any(approved) {
        return None;
    }
    let origin = origin.ascii_serialization();
    Some(match cart_origins {
        [] => {
            format!("{origin} is not approved for your cart; ask SMP to approve it")
        }
        known => format!(
            "{origin} is not approved for your cart; use {} or ask SMP to approve it",
            known.join(", ")
        ),
    })
}

fn items(fields: &mut FieldErrors, input: &SaleInput, offer: &Offer) -> Vec<NewSaleItem> {
    fields.check(!input.items.is_empty(), "items", "Put at least one item of the offer on sale");
    fields.check(
        input.items.len() <= ITEMS_MAX,
        "items",
        &format!("A sale has at most {ITEMS_MAX} items"),
    );
    let mut seen = HashSet::new();
    let mut item = |(index, item): (usize, &SaleItemInput)| {
        let at = |name: &str| format!("items.{index}.{name}");
        fields.check(
            offer.item(item.item_id).is_some(),
            &at("item_id"),
            "Is not an item of this offer",
        );
        let slot = kinds::check_item(fields, input, index, item);
        let twice = if slot.is_some() {
            "Is in this slot twice; keep one"
        } else {
            "Is in the sale twice; keep one"
        };
        fields.check(seen.insert((item.item_id, slot)), &at("item_id"), twice);
        fields.check(
            (1..=PRICE_MINOR_MAX).contains(&item.price_minor),
            &at("price_minor"),
            &format!("Must be from 1 to {PRICE_MINOR_MAX} minor units"),
        );
        fields.check(
            (1..=UNITS_MAX).contains(&item.capacity),
            &at("capacity"),
            &format!("Must be from 1 to {UNITS_MAX} units"),
        );
        fields.check(
            (1..=UNITS_PER_SHOPPER_MAX).contains(&item.limit_per_shopper),
            &at("limit_per_shopper"),
            &format!("Must be from 1 to {UNITS_PER_SHOPPER_MAX} units"),
        );
        NewSaleItem {
            item_id: item.item_id,
            price_minor: item.price_minor,
            capacity: item.capacity,
            limit_per_shopper: item.limit_per_shopper,
            slot,
            guarantee: guarantee::check(fields, input, index, item),
            deposit: deposit::check(fields, input, index, item),
        }
    };
    input.items.iter().take(ITEMS_MAX).enumerate().map(&mut item).collect()
}

/// Checks an edit of a published sale: its slug, mode, kind and items cannot change, because links
/// and holds depend on them.
pub fn check_published(new: &NewSale, sale: &Sale, published: &Content) -> Result<()> {
    let mut fields = FieldErrors::default();
    fields.check(
        new.mode == published.mode,
        "mode",
        "Cannot change once the sale is published; make a new sale",
    );
    fields.check(
        new.slug.as_ref().is_none_or(|slug| *slug == sale.slug),
        "slug",
        "Cannot change once the sale is published, because links lead to it",
    );
    fields.check(
        new.kind == published.kind,
        "kind",
        "Cannot change once the sale is published; make a new sale",
    );
    for item in &published.items {
        if !new.items.iter().any(|new| new.item_id == item.item_id && new.slot == item.slot) {
            let message = format!(
                "{} is published and cannot be removed; lower its capacity to sell no more of it",
                item.name
            );
            fields.add("items", message);
        }
    }
    fields.finish()
}

/// Checks a sale when it is submitted; `published` is the approved content, if any.
pub fn check_submission(
    sale: &Sale,
    offer: &Offer,
    content: &Content,
    published: Option<&Content>,
    cart_origins: &[String],
    now: OffsetDateTime,
) -> Result<()> {
    if offer.state == OfferState::Archived {
        return Err(Error::conflict(
            "offer_archived",
            "The offer of this sale is archived. Make a sale of another offer.",
        ));
    }
    if published.is_some_and(|published| published == content) {
        return Err(Error::conflict(
            "nothing_changed",
            "This content is approved already. Change something before you submit it again.",
        ));
    }
    let mut fields = FieldErrors::default();
    let keeps_start = published.is_some_and(|published| published.starts_at == sale.starts_at);
    fields.check(
        keeps_start || sale.starts_at >= now,
        "starts_at",
        "Is in the past; choose a later start",
    );
    fields.check(sale.ends_at > now, "ends_at", "Is in the past; choose a later end");
    let keeps_window =
        published.is_some_and(|published| published.registration() == sale.registration);
    if let Some(window) = sale.registration.filter(|_| !keeps_window) {
        fields.check(
            window.closes_at > now,
            "registration_closes_at",
            "Is in the past; choose a later time",
        );
    }
    for (index, item) in sale.items.iter().enumerate() {
        let offered = offer.items.iter().any(|known| known.id == item.item_id);
        let known = published.is_some_and(|published| {
            published.items.iter().any(|known| known.item_id == item.item_id)
        });
        fields.check(
            offered || known,
            &format!("items.{index}.item_id"),
            "Was removed from the offer; remove it from the sale, too",
        );
    }
    kinds::check_slots(&mut fields, content, now);
    pictures(&mut fields, content);
    if let Some(url) = &sale.redirect_url {
        let foreign = url::Url::parse(url).map_or_else(
            |_| Some("Is not a URL".to_owned()),
            |url| foreign_origin(&url, cart_origins),
        );
        if let Some(message) = foreign {
            fields.add("redirect_url", message);
        }
    }
    fields.finish()
}

/// Checks that shoppers have something to see, and those who cannot see it something to read.
fn pictures(fields: &mut FieldErrors, content: &Content) {
    let is_picture = |asset: &ContentAsset| asset.kind == AssetKind::Image;
    fields.check(
        content.assets.iter().any(is_picture),
        "assets",
        "Add at least one picture to the offer; shoppers see it on the sale's page",
    );
    for (index, asset) in content.assets.iter().enumerate() {
        fields.check(
            is_picture(asset),
            &format!("assets.{index}"),
            "Is not a picture and is shown to nobody; remove it from the offer",
        );
        if is_picture(asset) && asset.alt.trim().is_empty() {
            let message = format!(
                "Picture {} of the offer has no description. Describe it, under Assets, for \
                 shoppers who cannot see it",
                index + 1
            );
            fields.add(format!("assets.{index}.alt"), message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_approved_origins_are_accepted() {
        let origins = ["https://shop.example".to_owned(), "https://cart.example:8443/".to_owned()];
        let foreign = |url: &str| foreign_origin(&url.parse().unwrap(), &origins);
        assert_eq!(foreign("https://shop.example/cart?x=1"), None);
        assert_eq!(foreign("https://SHOP.example:443/"), None);
        assert_eq!(foreign("https://cart.example:8443/x"), None);
        for bad in [
            "https://shop.example.evil.example/",
            "https://evil.example/shop.example",
            "http://shop.example/",
            "https://cart.example/",
            "https://a.shop.example/",
        ] {
            assert!(foreign(bad).unwrap().contains("shop.example"), "{bad}");
        }
        assert!(
            foreign_origin(&"https://a.example".parse().unwrap(), &[]).unwrap().contains("ask SMP")
        );
    }
}
