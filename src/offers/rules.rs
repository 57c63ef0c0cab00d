//! What makes an offer valid: its texts, its items, their prices.

use std::collections::{BTreeMap, HashSet};

use super::{
    input::{NewOffer, NewOfferItem, OfferInput, OfferItemInput},
    offer::{Offer, OfferItem},
};
use crate::{
    access::edits,
    kernel::{
        Currency, FieldErrors, Result,
        limits::{
            ASSETS_MAX, ATTRIBUTE_NAME_CHARS_MAX, ATTRIBUTE_VALUE_CHARS_MAX, ATTRIBUTES_MAX,
            DESCRIPTION_CHARS_MAX, ITEM_NAME_CHARS_MAX, ITEMS_MAX, PRICE_MINOR_MAX, SKU_CHARS_MAX,
            SUMMARY_CHARS_MAX, TITLE_CHARS_MAX,
        },
        validate,
    },
};

/// Checks everything that needs no database.
pub fn check(input: &OfferInput) -> Result<NewOffer> {
    let mut fields = FieldErrors::default();
    let currency = validate::currency(&mut fields, "currency", &input.currency);
    let title = validate::text(&mut fields, "title", &input.title, 1, TITLE_CHARS_MAX);
    let summary = validate::text(&mut fields, "summary", &input.summary, 0, SUMMARY_CHARS_MAX);
    let description =
        validate::text(&mut fields, "description", &input.description, 0, DESCRIPTION_CHARS_MAX);
    let terms = validate::text(&mut fields, "terms", &input.terms, 0, DESCRIPTION_CHARS_MAX);
    fields.check(!input.items.is_empty(), "items", "Add at least one item for shoppers to choose");
    fields.check(
        input.items.len() <= ITEMS_MAX,
        "items",
        &format!("An offer has at most {ITEMS_MAX} items; make a second offer"),
    );
    let items: Vec<NewOfferItem> = input
        .items
        .iter()
        .take(ITEMS_MAX)
        .enumerate()
        .map(|(index, item)| check_item(&mut fields, index, item))
        .collect();
    check_unique(&mut fields, &items);
    fields.check(
        input.asset_ids.len() <= ASSETS_MAX,
        "asset_ids",
        &format!("An offer shows at most {ASSETS_MAX} assets"),
    );
    let mut seen = HashSet::new();
    for (index, id) in input.asset_ids.iter().enumerate() {
        fields.check(
            seen.insert(*id),
            &format!("asset_ids.{index}"),
            "Is in the list twice; keep one",
        );
    }
    fields.finish()?;
    let currency = currency.map_or("", Currency::code);
    Ok(NewOffer {
        title,
        summary,
        description,
        terms,
        currency,
        items,
        asset_ids: input.asset_ids.clone(),
    })
}

/// The fields in which an edit differs from the stored offer.
pub fn differing(new: &NewOffer, stored: &Offer) -> Vec<&'static str> {
    let same = |new: &NewOfferItem, stored: &OfferItem| {
        new.id == Some(stored.id)
            && new.sku == stored.sku
            && new.name == stored.name
            && new.attributes == stored.attributes
            && new.price_minor == stored.price_minor
            && new.compare_at_minor == stored.compare_at_minor
    };
    let items_differ = new.items.len() != stored.items.len()
        || !new.items.iter().zip(&stored.items).all(|(new, stored)| same(new, stored));
    let assets_differ = !new.asset_ids.iter().eq(stored.assets.iter().map(|asset| &asset.id));
    edits::differing(&[
        ("title", new.title != stored.title),
        ("summary", new.summary != stored.summary),
        ("description", new.description != stored.description),
        ("terms", new.terms != stored.terms),
        ("currency", new.currency != stored.currency),
        ("items", items_differ),
        ("asset_ids", assets_differ),
    ])
}

fn check_item(fields: &mut FieldErrors, index: usize, item: &OfferItemInput) -> NewOfferItem {
    let at = |name: &str| format!("items.{index}.{name}");
    let sku = validate::text(fields, &at("sku"), &item.sku, 1, SKU_CHARS_MAX);
    let name = validate::text(fields, &at("name"), &item.name, 1, ITEM_NAME_CHARS_MAX);
    fields.check(
        (1..=PRICE_MINOR_MAX).contains(&item.price_minor),
        &at("price_minor"),
        &format!("Must be from 1 to {PRICE_MINOR_MAX} minor units"),
    );
    if let Some(compare_at) = item.compare_at_minor {
        fields.check(
            compare_at > item.price_minor,
            &at("compare_at_minor"),
            "Must be higher than the price; leave it out if there was no higher price",
        );
        fields.check(
            compare_at <= PRICE_MINOR_MAX,
            &at("compare_at_minor"),
            &format!("Must be at most {PRICE_MINOR_MAX} minor units"),
        );
    }
    fields.check(
        item.attributes.len() <= ATTRIBUTES_MAX,
        &at("attributes"),
        &format!("An item has at most {ATTRIBUTES_MAX} attributes"),
    );
    let mut attributes = BTreeMap::new();
    for (key, value) in item.attributes.iter().take(ATTRIBUTES_MAX) {
        let field = at(&format!("attributes.{key}"));
        let key = validate::text(fields, &field, key, 1, ATTRIBUTE_NAME_CHARS_MAX);
        let value = validate::text(fields, &field, value, 1, ATTRIBUTE_VALUE_CHARS_MAX);
        fields.check(attributes.insert(key, value).is_none(), &field, "Is there twice; keep one");
    }
    NewOfferItem {
        id: item.id,
        sku,
        name,
        attributes,
        price_minor: item.price_minor,
        compare_at_minor: item.compare_at_minor,
    }
}

fn check_unique(fields: &mut FieldErrors, items: &[NewOfferItem]) {
    let (mut skus, mut ids) = (HashSet::new(), HashSet::new());
    for (index, item) in items.iter().enumerate() {
        fields.check(
            item.sku.is_empty() || skus.insert(item.sku.as_str()),
            &format!("items.{index}.sku"),
            "Another item of this offer has this SKU; give each its own",
        );
        fields.check(
            item.id.is_none_or(|id| ids.insert(id)),
            &format!("items.{index}.id"),
            "Is listed twice; leave the id out to add a new item",
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::AssetId;

    fn item(sku: &str, price_minor: i64, compare_at_minor: Option<i64>) -> OfferItemInput {
        OfferItemInput {
            id: None,
            sku: sku.to_owned(),
            name: "Sand".to_owned(),
            attributes: BTreeMap::new(),
            price_minor,
            compare_at_minor,
        }
    }

    fn wrong(change: impl FnOnce(&mut OfferInput)) -> Vec<String> {
        let mut input = OfferInput {
            title: "Linen".to_owned(),
            summary: String::new(),
            description: String::new(),
            terms: String::new(),
            currency: "EUR".to_owned(),
            items: vec![item("A", 100, None), item("B", 100, Some(200))],
            asset_ids: vec![],
        };
        change(&mut input);
        match check(&input) {
            Ok(_) => vec![],
            Err(error) => {
                error.problem().errors.unwrap_or_default().into_iter().map(|e| e.field).collect()
            }
        }
    }

    proptest! {
        #[test]
        fn only_a_price_within_the_cap_is_accepted(
            price in prop_oneof![any::<i64>(), -2..2_i64, PRICE_MINOR_MAX - 2..PRICE_MINOR_MAX + 2],
        ) {
            let fields = wrong(|offer| offer.items[0] = item("A", price, None));
            prop_assert_eq!(fields.is_empty(), (1..=PRICE_MINOR_MAX).contains(&price), "{}", price);
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        assert_eq!(wrong(|_| ()), Vec::<String>::new());
        assert_eq!(
            wrong(|o| (o.title, o.currency) = (" ".to_owned(), "XXX".to_owned())),
            ["currency", "title"]
        );
        assert_eq!(wrong(|o| o.items.clear()), ["items"]);
        assert_eq!(
            wrong(|o| o.items[1] = item("A", 0, Some(0))),
            ["items.1.price_minor", "items.1.compare_at_minor", "items.1.sku"]
        );
        assert_eq!(
            wrong(
                |o| o.items[0].attributes = BTreeMap::from([("Colour".to_owned(), String::new())])
            ),
            ["items.0.attributes.Colour"]
        );
        let many = (0..11).map(|n| (n.to_string(), "x".to_owned())).collect();
        assert_eq!(wrong(|o| o.items[0].attributes = many), ["items.0.attributes"]);
        let id = AssetId::new();
        assert_eq!(wrong(|o| o.asset_ids = vec![id, id]), ["asset_ids.1"]);
    }
}
