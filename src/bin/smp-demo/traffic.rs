//! The demo's visitors: they come through access points, look, like, share, buy, ask and rate, so
//! that every page has something to show.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use smp::platform::Platform;
use time::{Duration, OffsetDateTime};

use crate::{
    load::Published,
    person::Person,
    world::{Kind, Mode, Traffic, World},
};

/// The first visits of a sale come this long after its start.
const FIRST_VISIT_AFTER: Duration = Duration::seconds(20);
/// Shares of the time since a sale's start: the last visit, and the orders.
const LAST_VISIT_AT: f64 = 0.95;
const ORDERS_AT: f64 = 0.3;
/// The country to deliver to in a sale that ships everywhere: where the demo's shoppers live.
const COUNTRY: &str = "AT";

/// Lets the time of the live sales pass once more, with visitors in it.
pub async fn run(
    platform: &Platform,
    world: &World,
    real_now: OffsetDateTime,
    published: &[Published<'_>],
    api_key: &str,
) -> anyhow::Result<()> {
    let base = format!("http://127.0.0.1:{}", platform.config.port);
    for published in published.iter().filter(|published| published.sale.is_live()) {
        let crowd = Crowd { base: &base, world, traffic: &world.traffic, published };
        let sale = published.sale;
        let start = real_now + Duration::minutes(sale.starts_in_minutes);
        let elapsed = real_now - start;
        crowd.visit(platform, start, elapsed).await?;
        set_clock(platform, start + elapsed * ORDERS_AT);
        let bought = match (sale.mode, sale.kind) {
            (Mode::Redirect, _) => crowd.click_out(api_key).await,
            (Mode::Hosted, Kind::WhileSuppliesLast) => crowd.buy().await,
            (Mode::Hosted, _) => crowd.order_only().await.map(drop),
        };
        bought.with_context(|| format!("shopping in the sale {}", sale.slug))?;
        platform.clock.reset_shift();
    }
    for published in published.iter().filter(|published| published.sale.registration.is_some()) {
        let crowd = Crowd { base: &base, world, traffic: &world.traffic, published };
        crowd.register().await?;
    }
    Ok(())
}

fn set_clock(platform: &Platform, to: OffsetDateTime) {
    let by = to - platform.clock.now();
    platform.clock.advance(by);
}

/// The people who come to one sale. The first shopper is the one the demo signs in as.
struct Crowd<'a> {
    base: &'a str,
    world: &'a World,
    traffic: &'a Traffic,
    published: &'a Published<'a>,
}

impl Crowd<'_> {
    /// All visits of the sale since its start. Most come early: the share of the time that has
    /// passed grows with the square of the visit's number.
    async fn visit(
        &self,
        platform: &Platform,
        start: OffsetDateTime,
        elapsed: Duration,
    ) -> anyhow::Result<()> {
        let visits = &self.traffic.visits;
        let plain = self.published.sale.kind == Kind::WhileSuppliesLast;
        let every = if plain { 1 } else { visits.other_kinds_every };
        for number in (0..visits.per_sale).step_by(every as usize) {
            let part = f64::from(number) / f64::from(visits.per_sale);
            set_clock(
                platform,
                start + FIRST_VISIT_AFTER + elapsed * (part * part * LAST_VISIT_AT),
            );
            self.look(number).await?;
        }
        Ok(())
    }

    /// One visit: through an access point more often than not, with time on the page.
    async fn look(&self, number: u32) -> anyhow::Result<()> {
        let visitor = Person::new(self.base)?;
        let page = format!("/sales/{}", self.published.sale.slug);
        let api = format!("/api/v1{page}");
        let codes = &self.published.access_codes;
        let ways_in = u32::try_from(codes.len()).unwrap_or(0) + 1;
        // The first ways in are used the most.
        let way_in = (number * number + number / 3) % (ways_in * 2) / 2;
        match codes.get(way_in as usize) {
            Some(code) => drop(visitor.visit(&format!("/a/{code}")).await?),
            None => drop(visitor.visit(&page).await?),
        }
        visitor.visit(&page).await?;
        // The cookie lists `<sale>.<visit>` pairs, the latest first.
        let cookie = visitor.cookie("smp_visit").unwrap_or_default();
        let latest = cookie.split('_').next().and_then(|pair| pair.split_once('.'));
        if let Some((_, visit)) = latest {
            let seconds = 12 + (number * 37) % 140;
            let beacon = json!({"visit_id": visit, "seconds": seconds});
            visitor.post(&format!("{api}/visits/beacon"), &beacon).await?;
        }
        if number.is_multiple_of(self.traffic.visits.like_every) {
            visitor.post(&format!("{api}/favourite"), &Value::Null).await?;
        }
        if number.is_multiple_of(self.traffic.visits.share_every) {
            visitor.post(&format!("{api}/shares"), &json!({"channel": "copy"})).await?;
        }
        Ok(())
    }

    /// Orders in several states: to ship, shipped with a question asked and answered, refunded.
    async fn buy(&self) -> anyhow::Result<()> {
        let Traffic { order_question, feedback, refund, open_question, .. } = self.traffic;
        let support = self.signed_in(self.world.staff("support")?).await?;
        let shipped = self.order(0, 0).await?;
        self.ship(&shipped).await?;
        let asker = self.shopper(0).await?;
        let question = json!({
            "order_number": shipped, "subject": order_question.subject,
            "body": order_question.question,
        });
        let asked = asker.post("/api/v1/me/conversations", &question).await?;
        let id = asked["id"].as_str().context("a conversation without an id")?;
        let answer = json!({"body": order_question.answer});
        support.post(&format!("/api/v1/conversations/{id}/messages"), &answer).await?;
        let rated = json!({
            "sale_slug": self.published.sale.slug, "order_number": shipped,
            "rating": feedback.rating, "comments": feedback.comments,
        });
        asker.post("/api/v1/me/feedback", &rated).await?;
        if let Some(ordered) = self.order_only().await? {
            let reason = json!({"reason": refund.reason});
            support.post(&format!("/api/v1/orders/{ordered}/refunds"), &reason).await?;
        }
        let waiting = self.shopper(1).await?;
        let question = json!({"subject": open_question.subject, "body": open_question.question});
        waiting.post("/api/v1/me/conversations", &question).await?;
        Ok(())
    }

    /// One order by every shopper but the first; the last order's number.
    async fn order_only(&self) -> anyhow::Result<Option<String>> {
        let mut last = None;
        for number in 1..self.world.people.shoppers.len() {
            last = Some(self.order(number, number).await?);
        }
        Ok(last)
    }

    /// Every shopper but the first, who is left to try it.
    async fn register(&self) -> anyhow::Result<()> {
        let path = format!("/api/v1/sales/{}/registration", self.published.sale.slug);
        for number in 1..self.world.people.shoppers.len() {
            self.shopper(number).await?.put(&path, &Value::Null).await?;
        }
        Ok(())
    }

    async fn signed_in(&self, email: &str) -> anyhow::Result<Person> {
        Person::signed_in(self.base, email, &self.world.people.password).await
    }

    /// A shopper who came through an access point and signed in.
    async fn shopper(&self, number: usize) -> anyhow::Result<Person> {
        let shoppers = &self.world.people.shoppers;
        let person = self.signed_in(&shoppers[number % shoppers.len()].email).await?;
        let codes = &self.published.access_codes;
        if !codes.is_empty() {
            person.visit(&format!("/a/{}", codes[number % codes.len()])).await?;
        }
        person.visit(&format!("/sales/{}", self.published.sale.slug)).await?;
        Ok(person)
    }

    /// A hold, an address and a payment; the order's number.
    async fn order(&self, number: usize, item: usize) -> anyhow::Result<String> {
        let person = self.shopper(number).await?;
        let sale = self.published.sale;
        let path = format!("/api/v1/sales/{}", sale.slug);
        let shown = person.get(&path).await?;
        let items = shown["items"].as_array().context("a sale without items")?;
        let hold = json!({"sale_item_id": items[item % items.len()]["id"], "quantity": 1});
        person.post(&format!("{path}/holds"), &hold).await?;
        let shoppers = &self.world.people.shoppers;
        let shopper = &shoppers[number % shoppers.len()];
        let address = json!({
            "name": shopper.name, "line1": shopper.street, "line2": null, "city": shopper.city,
            "postal_code": shopper.postal_code, "region": null,
            "country": sale.countries.first().map_or(COUNTRY, String::as_str),
            "phone": shopper.phone,
        });
        let placed =
            person.post("/api/v1/me/orders", &json!({"shipping_address": address})).await?;
        let order = placed["number"].as_str().context("an order without a number")?.to_owned();
        let payment = json!({"gateway": "sandbox", "sandbox_answer": "approve"});
        let paid = person.post(&format!("/api/v1/me/orders/{order}/payments"), &payment).await?;
        ensure!(paid["state"] == "succeeded", "the payment of {order} is {}", paid["state"]);
        Ok(order)
    }

    async fn ship(&self, order: &str) -> anyhow::Result<()> {
        let shipment = &self.traffic.shipment;
        let fulfilment = &self.published.provider.member("fulfilment")?.email;
        let fulfilment = self.signed_in(fulfilment).await?;
        let path = format!("/api/v1/providers/{}", self.published.tenant);
        let parcels = fulfilment.get(&format!("{path}/parcels?q={order}")).await?;
        let parcel = parcels["items"][0]["id"].as_str().context("no parcel to ship")?;
        let digits: String = order.chars().filter(char::is_ascii_digit).collect();
        let tracking = format!("{}{digits}{}", shipment.tracking_prefix, shipment.tracking_suffix);
        let sent = json!({
            "carrier": shipment.carrier, "tracking_number": tracking, "tracking_url": null,
        });
        let sent = fulfilment.post(&format!("{path}/parcels/{parcel}/shipments"), &sent).await?;
        let id = sent["id"].as_str().context("a shipment without an id")?;
        let event = json!({"state": "in_transit", "note": shipment.event_note});
        fulfilment.post(&format!("{path}/shipments/{id}/events"), &event).await?;
        Ok(())
    }

    /// Click-outs to the provider's cart; some are reported back as purchases, one of them is
    /// reversed.
    async fn click_out(&self, api_key: &str) -> anyhow::Result<()> {
        let click_outs = &self.traffic.click_outs;
        let server = reqwest::Client::new();
        let report = async |path: &str, body: Value| {
            server
                .post(format!("{}/api/v1/postbacks/{path}", self.base))
                .bearer_auth(api_key)
                .json(&body)
                .send()
                .await?
                .error_for_status()
        };
        let sale = self.published.sale;
        let is_reservation = sale.kind == Kind::Reservation;
        let series = if is_reservation { "OS-MOON" } else { "OS-2041" };
        let path = format!("/api/v1/sales/{}", sale.slug);
        for number in 0..click_outs.count {
            let person = self.shopper(number).await?;
            let shown = person.get(&path).await?;
            let item = &shown["items"][number % sale.items.len()];
            let click = json!({"sale_item_id": item["id"], "quantity": 1});
            let out = person.post(&format!("{path}/click-outs"), &click).await?;
            if !number.is_multiple_of(click_outs.purchase_every) {
                continue;
            }
            let reference = format!("{series}-{number}");
            let purchase = json!({
                "click_token": click_token(&out)?, "reference": reference, "quantity": 1,
                "amount_minor": item["price"]["amount"], "currency": item["price"]["currency"],
                "tracking_url": null,
            });
            report("purchases", purchase).await?;
            if is_reservation {
                let confirmed = json!({
                    "reference": reference, "update_reference": "confirmation",
                    "occurred_at": shown["server_time"], "confirmed": true,
                    "confirmation_number": format!("OS-B{number}-1207"),
                });
                report("updates", confirmed).await?;
            }
            if number == click_outs.reversed {
                let reversal =
                    json!({"reference": reference, "reason": click_outs.reversal_reason});
                report("reversals", reversal).await?;
            }
        }
        Ok(())
    }
}

/// The token in the URL that a click-out leads to.
fn click_token(click_out: &Value) -> anyhow::Result<String> {
    let url = url::Url::parse(click_out["url"].as_str().context("a click-out without a URL")?)?;
    url.query_pairs()
        .find(|(name, _)| name == "click_token")
        .map(|(_, token)| token.into_owned())
        .context("a click-out without a token")
}
