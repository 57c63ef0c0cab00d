//! The frozen content of a revision: how it is put together from a sale and its offer, and how it
//! is hashed.

use serde_json::Value;

use super::{
    Content, ContentAsset, ContentItem, ContentRendition, RegistrationWindow, store::Sale,
};
use crate::{
    assets::Asset,
    kernel::{AssetId, token},
    offers::{Item, Offer},
};

impl Content {
    /// What would be frozen of a sale now. Pure, so that the same sale and offer give the same
    /// hash.
    pub(super) fn of(sale: &Sale, offer: &Offer) -> Self {
        let item = |sold: &super::store::SaleItem| {
            let item: &Item = offer.item(sold.item_id)?;
            Some(ContentItem {
                sale_item_id: sold.id,
                item_id: item.id,
                sku: item.sku.clone(),
                name: item.name.clone(),
                attributes: item.attributes.clone(),
                price_minor: sold.price_minor,
                // A price that is no higher is nothing to compare with.
                compare_at_minor: item.compare_at_minor.filter(|before| *before > sold.price_minor),
                capacity: sold.capacity,
                limit_per_shopper: sold.limit_per_shopper,
                slot: sold.slot,
                guaranteed_quantity: sold.guarantee.quantity,
                evidence: sold.guarantee.evidence.clone(),
                evidence_asset_id: sold.guarantee.asset,
            })
        };
        Self {
            title: offer.title.clone(),
            summary: offer.summary.clone(),
            description: offer.description.clone(),
            terms: offer.terms.clone(),
            mode: sale.mode,
            kind: sale.kind.as_str().to_owned(),
            currency: offer.currency.clone(),
            starts_at: sale.starts_at,
            ends_at: sale.ends_at,
            hold_seconds: sale.hold_seconds,
            registration_opens_at: sale.registration.map(|window| window.opens_at),
            registration_closes_at: sale.registration.map(|window| window.closes_at),
            registered_only: sale.registered_only,
            waitlist_offer_seconds: sale.waitlist_offer_seconds,
            redirect_url: sale.redirect_url.clone(),
            countries: sale.countries.clone(),
            assets: offer.assets.iter().map(ContentAsset::from).collect(),
            items: sale.items.iter().filter_map(item).collect(),
            terms_of_kind: sale.terms_of_kind.clone(),
        }
    }

    /// SHA-256 of the content as canonical JSON: keys sorted, no spaces.
    pub fn hash(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut text = String::new();
        canonical(&value, &mut text);
        token::content_hash(text.as_bytes())
    }

    /// When one can register, if the sale has registration.
    pub fn registration(&self) -> Option<RegistrationWindow> {
        RegistrationWindow::of(self.registration_opens_at, self.registration_closes_at)
    }

    /// Every asset the content rests on: those that are shown, and the evidence of its inventory.
    pub fn asset_ids(&self) -> Vec<AssetId> {
        let evidence = self.items.iter().filter_map(|item| item.evidence_asset_id);
        self.assets.iter().map(|asset| asset.asset_id).chain(evidence).collect()
    }

    /// The first picture, as wide as there is.
    pub fn image(&self) -> Option<&ContentRendition> {
        self.assets.iter().find_map(|asset| asset.renditions.last())
    }
}

impl From<&Asset> for ContentAsset {
    fn from(asset: &Asset) -> Self {
        let rendition = |rendition: &crate::assets::Rendition| ContentRendition {
            width_px: rendition.width_px,
            height_px: rendition.height_px,
            object_key: rendition.object_key.clone(),
            content_type: rendition.content_type.clone(),
        };
        Self {
            asset_id: asset.id,
            kind: asset.kind.as_str().to_owned(),
            alt: asset.alt.clone(),
            width_px: asset.width_px.unwrap_or(0),
            height_px: asset.height_px.unwrap_or(0),
            renditions: asset.renditions.iter().map(rendition).collect(),
            sha256: asset.sha256.clone().unwrap_or_default(),
        }
    }
}

/// Writes JSON the one way that does not depend on the order of declaration or of a map.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_sorts_keys_at_every_depth() {
        let mut out = String::new();
        canonical(
            &serde_json::json!({"b": [1, {"d": null, "c": "x\"y"}], "a": 1.5, "é": true}),
            &mut out,
        );
        assert_eq!(out, r#"{"a":1.5,"b":[1,{"c":"x\"y","d":null}],"é":true}"#);
    }
}
