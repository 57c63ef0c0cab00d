//! What the files of the demo world refer to must be there.

use std::collections::HashSet;

use super::{Kind, Mode, Offer, Provider, Sale, World};

/// Everything that would fail while the world is loaded.
pub fn problems(world: &World) -> Vec<String> {
    let mut problems = vec![];
    if world.providers.is_empty() {
        problems.push("no tenant's folder has a demo/".to_owned());
    }
    if world.people.shoppers.is_empty() {
        problems.push("_default/demo/people.toml has no [[shoppers]]".to_owned());
    }
    let visits = &world.traffic.visits;
    let steps = [visits.other_kinds_every, visits.like_every, visits.share_every];
    if steps.contains(&0) || world.traffic.click_outs.purchase_every == 0 {
        problems.push("_default/demo/traffic.toml: each \"every\" must be at least 1".to_owned());
    }
    let mut slugs = HashSet::new();
    for provider in &world.providers {
        let at = format!("{}/demo/sales.toml", provider.slug);
        if provider.sales.is_empty() {
            problems.push(format!("{at} has no [[sales]]"));
        }
        for sale in &provider.sales {
            let wrong = sale_problems(provider, sale);
            problems.extend(wrong.into_iter().map(|what| format!("{at}: {}: {what}", sale.slug)));
            if !slugs.insert(&sale.slug) {
                problems.push(format!("{at}: {}: another sale has this slug", sale.slug));
            }
        }
        for offer in &provider.offers {
            problems.extend(missing_pictures(provider, offer));
        }
    }
    problems
}

fn sale_problems(provider: &Provider, sale: &Sale) -> Vec<String> {
    let mut wrong = vec![];
    let Some(offer) = provider.offer(&sale.offer) else {
        return vec![format!("there is no offers/{}.toml", sale.offer)];
    };
    for item in &sale.items {
        if !offer.items.iter().any(|known| known.sku == item.sku) {
            wrong.push(format!("offers/{}.toml has no item {:?}", offer.key, item.sku));
        }
        if item.slot.is_some() != (sale.kind == Kind::Reservation) {
            wrong.push(format!("{}: a slot belongs to a reservation, and only there", item.sku));
        }
    }
    if sale.mode == Mode::Redirect && !provider.profile.own_cart {
        wrong.push("mode is redirect, but provider.toml does not set own_cart".to_owned());
    }
    wrong
}

fn missing_pictures(provider: &Provider, offer: &Offer) -> Vec<String> {
    let missing = offer.pictures.iter().filter(|picture| !provider.picture_file(picture).is_file());
    missing
        .map(|picture| {
            let (slug, key, file) = (&provider.slug, &offer.key, &picture.file);
            format!("{slug}/demo/offers/{key}.toml: there is no {slug}/media/{file}")
        })
        .collect()
}
