//! The demo's visitors: they come through access points, look, like, share, buy, ask and praise, so
//! that every page has something to show.

use anyhow::Context;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    load::{Staged, member, staff},
    person::Person,
    world::{self, Kind, Mode},
};
use crate::platform::Platform;

/// Visits of a live sale.
const VISITS: u32 = 48;
/// Of a sale of another kind, every which of them comes.
const QUIET_EVERY: usize = 6;
/// Every which visit likes the sale, and every which shares it.
const LIKE_EVERY: u32 = 5;
const SHARE_EVERY: u32 = 11;

/// Lets the time of the live sales pass once more, with visitors in it.
pub async fn run(
    platform: &Platform,
    real_now: OffsetDateTime,
    stages: &[Staged],
    api_key: &str,
) -> anyhow::Result<()> {
    let base = format!("http://127.0.0.1:{}", platform.config.port);
    for stage in stages
        .iter()
        .filter(|stage| stage.sale.starts_in_minutes < 0 && stage.sale.ends_in_minutes > 0)
    {
        let began = real_now + Duration::minutes(stage.sale.starts_in_minutes);
        let span = real_now - began;
        let plain = stage.sale.kind == Kind::WhileSuppliesLast;
        for visit in (0..VISITS).step_by(if plain { 1 } else { QUIET_EVERY }) {
            // Most come early: the share of the time that has passed grows with the square of the
            // visitor's number.
            let passed = f64::from(visit * visit) / f64::from(VISITS * VISITS);
            set_clock(platform, began + Duration::seconds(20) + span * passed * 0.95);
            look(&base, stage, visit).await?;
        }
        set_clock(platform, began + span * 0.3);
        match stage.sale.mode {
            Mode::Hosted if stage.sale.kind != Kind::WhileSuppliesLast => {
                order_some(&base, stage)
                    .await
                    .with_context(|| format!("shopping at {}", stage.sale.slug))?;
            }
            Mode::Hosted => buy(&base, stage)
                .await
                .with_context(|| format!("shopping at {}", stage.sale.slug))?,
            Mode::Redirect => go_out(&base, stage, api_key)
                .await
                .with_context(|| format!("clicking out of {}", stage.sale.slug))?,
        }
        platform.clock.set_right();
    }
    for stage in stages.iter().filter(|stage| stage.sale.registration.is_some()) {
        // The demo's own shopper, the first, is left to try it.
        for number in 1..world::SHOPPERS.len() {
            shopper(&base, stage, number)
                .await?
                .put(&format!("/api/v1/sales/{}/registration", stage.sale.slug), &Value::Null)
                .await?;
        }
    }
    Ok(())
}

fn set_clock(platform: &Platform, to: OffsetDateTime) {
    let by = to - platform.clock.now();
    platform.clock.advance(by);
}

/// One visit: through an access point more often than not, with time on the page.
async fn look(base: &str, stage: &Staged, number: u32) -> anyhow::Result<()> {
    let visitor = Person::new(base)?;
    let slug = stage.sale.slug;
    let doors = u32::try_from(stage.access_codes.len()).unwrap_or(0) + 1;
    // The first doors are used the most.
    let door = (number * number + number / 3) % (doors * 2) / 2;
    match stage.access_codes.get(door as usize) {
        Some(code) => drop(visitor.visit(&format!("/a/{code}")).await?),
        None => drop(visitor.visit(&format!("/sales/{slug}")).await?),
    }
    visitor.visit(&format!("/sales/{slug}")).await?;
    // The cookie lists `<sale>.<visit>` pairs, the latest first.
    if let Some(visit) = visitor
        .cookie("smp_visit")
        .as_deref()
        .and_then(|visits| visits.split('_').next()?.split_once('.'))
        .map(|(_, visit)| visit.to_owned())
    {
        let seconds = 12 + (number * 37) % 140;
        visitor
            .post(
                &format!("/api/v1/sales/{slug}/visits/beacon"),
                &json!({"visit_id": visit, "seconds": seconds}),
            )
            .await?;
    }
    if number.is_multiple_of(LIKE_EVERY) {
        visitor.post(&format!("/api/v1/sales/{slug}/favourite"), &Value::Null).await?;
    }
    if number.is_multiple_of(SHARE_EVERY) {
        visitor.post(&format!("/api/v1/sales/{slug}/shares"), &json!({"channel": "copy"})).await?;
    }
    Ok(())
}

/// Somebody who came through an access point and signed in.
async fn shopper(base: &str, stage: &Staged, number: usize) -> anyhow::Result<Person> {
    let person = Person::signed_in(
        base,
        world::SHOPPERS[number % world::SHOPPERS.len()].email,
        world::PASSWORD,
    )
    .await?;
    if !stage.access_codes.is_empty() {
        person
            .visit(&format!("/a/{}", stage.access_codes[number % stage.access_codes.len()]))
            .await?;
    }
    person.visit(&format!("/sales/{}", stage.sale.slug)).await?;
    Ok(person)
}

/// Orders in several states: to ship, shipped with a question asked and answered, refunded.
async fn buy(base: &str, stage: &Staged) -> anyhow::Result<()> {
    let fulfilment =
        Person::signed_in(base, member(stage.provider, "fulfilment"), world::PASSWORD).await?;
    let support = Person::signed_in(base, staff("support"), world::PASSWORD).await?;
    // The demo's own shopper, the first, is left with a clean cart and one order.
    let shipped = order(base, stage, 0, 0).await?;
    ship(&fulfilment, stage, &shipped).await?;
    let asks = shopper(base, stage, 0).await?;
    let asked = asks.post("/api/v1/me/conversations", &json!({"order_number": shipped, "subject": "A second delivery address", "body": "Could the parcel go to my neighbour at number 14 if nobody opens? I am away on Thursday."})).await?;
    let id = asked["id"].as_str().unwrap_or_default();
    support
        .post(
            &format!("/api/v1/conversations/{id}/messages"),
            &json!({"body": "Of course. We have told the carrier, and you will get a note when the parcel is there."}),
        )
        .await?;
    asks.post("/api/v1/me/feedback", &json!({"sale_slug": stage.sale.slug, "order_number": shipped, "rating": 5, "comments": "The clock in the cart was clear, and I never wondered whether it was really mine."})).await?;
    for number in 1..world::SHOPPERS.len() {
        let ordered = order(base, stage, number, number).await?;
        if number + 1 == world::SHOPPERS.len() {
            support
                .post(
                    &format!("/api/v1/orders/{ordered}/refunds"),
                    &json!({"reason": "Ordered twice by mistake"}),
                )
                .await?;
        }
    }
    let waits = shopper(base, stage, 1).await?;
    waits.post("/api/v1/me/conversations", &json!({"subject": "Is it dishwasher-safe?", "body": "I could not find it on the page. Thank you!"})).await?;
    Ok(())
}

/// Orders and nothing after them, by all but the demo's own shopper.
async fn order_some(base: &str, stage: &Staged) -> anyhow::Result<()> {
    for number in 1..world::SHOPPERS.len() {
        order(base, stage, number, number).await?;
    }
    Ok(())
}

/// A hold, an address, a payment; the order's number.
async fn order(base: &str, stage: &Staged, number: usize, item: usize) -> anyhow::Result<String> {
    let person = shopper(base, stage, number).await?;
    let shop = person.get(&format!("/api/v1/sales/{}", stage.sale.slug)).await?;
    let items = shop["items"].as_array().context("a sale without items")?;
    let chosen = &items[item % items.len()]["id"];
    person
        .post(
            &format!("/api/v1/sales/{}/holds", stage.sale.slug),
            &json!({"sale_item_id": chosen, "quantity": 1}),
        )
        .await?;
    let country = stage.sale.countries.first().copied().unwrap_or("DE");
    let streets = ["Lindenstraße 12", "Kirchplatz 3", "Am Wehr 27", "Gartenweg 8"];
    let address = json!({
        "name": world::SHOPPERS[number % world::SHOPPERS.len()].name, "line1": streets[number % streets.len()], "line2": null, "city": "Graz",
        "postal_code": "8010", "region": null, "country": country, "phone": if number == 0 { json!("+43 316 555 0199") } else { Value::Null },
    });
    let placed = person.post("/api/v1/me/orders", &json!({"shipping_address": address})).await?;
    let order = placed["number"].as_str().context("an order without number")?.to_owned();
    let card = json!({"gateway": "sandbox", "card_number": "4242424242424242", "expiry": "12/34", "cvc": "123"});
    let paid = person.post(&format!("/api/v1/me/orders/{order}/payments"), &card).await?;
    anyhow::ensure!(paid["state"] == "succeeded", "the payment of {order} is {}", paid["state"]);
    Ok(order)
}

async fn ship(fulfilment: &Person, stage: &Staged, order: &str) -> anyhow::Result<()> {
    let parcels =
        fulfilment.get(&format!("/api/v1/providers/{}/parcels?q={order}", stage.tenant)).await?;
    let parcel = parcels["items"][0]["id"].as_str().context("no parcel to ship")?;
    let path = format!("/api/v1/providers/{}", stage.tenant);
    let tracking =
        format!("AP{}AT", order.chars().filter(char::is_ascii_digit).collect::<String>());
    let shipment = fulfilment
        .post(
            &format!("{path}/parcels/{parcel}/shipments"),
            &json!({"carrier": "Alpine Post", "tracking_number": tracking, "tracking_url": null}),
        )
        .await?;
    let id = shipment["id"].as_str().unwrap_or_default();
    fulfilment
        .post(
            &format!("{path}/shipments/{id}/events"),
            &json!({"state": "in_transit", "note": "Sorted in the depot"}),
        )
        .await?;
    Ok(())
}

/// Click-outs to the provider's cart; some are reported back as purchases, one of them reversed.
async fn go_out(base: &str, stage: &Staged, api_key: &str) -> anyhow::Result<()> {
    let server = reqwest::Client::new();
    let report = async |path: &str, body: Value| {
        server
            .post(format!("{base}/api/v1/postbacks/{path}"))
            .bearer_auth(api_key)
            .json(&body)
            .send()
            .await?
            .error_for_status()
    };
    for number in 0..7_usize {
        let person = shopper(base, stage, number).await?;
        let shop = person.get(&format!("/api/v1/sales/{}", stage.sale.slug)).await?;
        let item = &shop["items"][number % stage.sale.items.len()];
        let out = person
            .post(
                &format!("/api/v1/sales/{}/click-outs", stage.sale.slug),
                &json!({"sale_item_id": item["id"], "quantity": 1}),
            )
            .await?;
        let url = url::Url::parse(out["url"].as_str().context("a click-out without address")?)?;
        let token = url
            .query_pairs()
            .find(|(name, _)| name == "click_token")
            .map(|(_, token)| token.into_owned())
            .context("a click-out without token")?;
        if number.is_multiple_of(2) {
            let reference = format!("OS-2041-{number}");
            let bought = json!({
                "click_token": token, "reference": reference, "quantity": 1, "amount_minor": item["price"]["amount"], "currency": item["price"]["currency"],
                "tracking_url": null,
            });
            report("purchases", bought).await?;
            if number == 6 {
                report(
                    "reversals",
                    json!({"reference": reference, "reason": "Sent back unopened"}),
                )
                .await?;
            }
        }
    }
    Ok(())
}
