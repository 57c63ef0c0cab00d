//! Whether a sale is open: each state of a sale against each door, which all refuse with the same
//! codes.

use serde_json::{Value, json};
use smp::sales::NotOpen;
use time::Duration;

use crate::support::{
    Client,
    client::Answer,
    stage::{ApprovedSale, Stage, at},
};

/// The doors, in the order of the answers below. Checkout is of a unit that is held already; the
/// waitlist's answer is the state of an entry after a unit came free.
const DOORS: [&str; 7] =
    ["hold", "click-out", "checkout", "registration", "waitlist", "storefront", "page"];
/// The door is open.
const DONE: &str = "done";

#[tokio::test(flavor = "multi_thread")]
async fn every_door_answers_a_state_with_the_same_code() {
    for (state, expected) in [
        (
            State::NotStarted,
            [
                "not_started",
                "not_started",
                "cart_empty",
                DONE,
                "none",
                "registration",
                "registration",
            ],
        ),
        // What is held can be bought from here on, whatever becomes of the sale.
        (State::Live, [DONE, DONE, DONE, DONE, "offered", "live", "live"]),
        (State::Halted, ["halted", "halted", DONE, "halted", "waiting", "halted", "halted"]),
        (
            State::ProviderSuspended,
            ["halted", "halted", DONE, "halted", "waiting", "halted", "halted"],
        ),
        (
            State::Cancelled,
            ["cancelled", "cancelled", DONE, "cancelled", "waiting", "gone", "cancelled"],
        ),
        (
            State::Ended,
            ["ended", "ended", DONE, "registration_closed", "waiting", "ended", "ended"],
        ),
        // Nobody should wait for the end of a halt when the sale is over.
        (
            State::HaltedAndEnded,
            ["ended", "ended", DONE, "registration_closed", "waiting", "halted", "ended"],
        ),
    ] {
        let answers = state.answers().await;
        for ((door, answer), expected) in DOORS.iter().zip(answers).zip(expected) {
            assert_eq!(answer, expected, "{state:?}: {door}");
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    NotStarted,
    Live,
    Halted,
    ProviderSuspended,
    Cancelled,
    Ended,
    HaltedAndEnded,
}

impl State {
    /// Prepares a hosted and a redirect sale, puts both into the state, and tries every door.
    async fn answers(self) -> [String; 7] {
        let stage = Stage::set().await;
        let (hosted, redirect) = sales(&stage).await;
        let items = stage.editor.get(&hosted.path).await.json(200)["items"].clone();
        let holds = format!("/api/v1/sales/{}/holds", hosted.slug);
        let body = |item: usize, wait: bool| {
            json!({
                "sale_item_id": items[item]["id"],
                "quantity": 1,
                "wait": wait,
            })
        };
        let (ada, bob, eve) = (
            stage.app.shopper("ada").await,
            stage.app.shopper("bob").await,
            stage.app.shopper("eve").await,
        );
        let mut last_unit = Value::Null;
        if self != Self::NotStarted {
            stage.advance(Duration::minutes(170));
            ada.post(&holds, &body(0, false)).await.json(201);
            last_unit = bob.post(&holds, &body(1, false)).await.json(201);
            eve.post(&holds, &body(1, true)).await.expect(202);
        }
        self.apply(&stage).await;

        let new = stage.app.shopper("new").await;
        let click = json!({"sale_item_id": redirect_item(&stage, &redirect).await, "quantity": 1});
        let click_outs = format!("/api/v1/sales/{}/click-outs", redirect.slug);
        [
            answer(&new.post(&holds, &body(0, false)).await),
            answer(&new.post(&click_outs, &click).await),
            answer(&ada.place().await),
            answer(&new.put(&hosted.registration(), &json!({})).await),
            waitlist(&bob, &last_unit, &eve).await,
            storefront(&stage, &hosted).await,
            page(&stage, &hosted).await,
        ]
    }

    async fn apply(self, stage: &Stage) {
        let app = &stage.app;
        match self {
            Self::NotStarted | Self::Live | Self::Ended => {}
            Self::Halted | Self::HaltedAndEnded => {
                app.set_state(stage.tenant, "sales", "halted").await;
            }
            Self::ProviderSuspended => {
                app.set_state(stage.tenant, "providers", "suspended").await;
            }
            Self::Cancelled => app.set_state(stage.tenant, "sales", "cancelled").await,
        }
        if matches!(self, Self::Ended | Self::HaltedAndEnded) {
            stage.advance(Duration::minutes(20));
        }
    }
}

/// A hosted sale whose second item has one unit, and a redirect sale: both start in an hour and end
/// in three, with registration open from now to the end.
async fn sales(stage: &Stage) -> (ApprovedSale, ApprovedSale) {
    let now = stage.app.platform.clock.now();
    let ends_at = at(now + Duration::hours(3));
    let mut hosted = stage.with(&json!({
        "ends_at": ends_at,
        "hold_seconds": 3600,
        "registration_opens_at": at(now - Duration::minutes(1)),
        "registration_closes_at": ends_at,
    }));
    hosted["items"][1]["capacity"] = json!(1);
    let mut redirect = hosted.clone();
    redirect["mode"] = json!("redirect");
    redirect["redirect_url"] = json!("https://cart.example/buy");
    (stage.publish(&hosted).await, stage.publish(&redirect).await)
}

async fn redirect_item(stage: &Stage, sale: &ApprovedSale) -> Value {
    stage.editor.get(&sale.path).await.json(200)["items"][0]["id"].clone()
}

fn answer(answer: &Answer) -> String {
    if answer.status.is_success() { DONE.to_owned() } else { answer.problem(409) }
}

/// Frees the last unit; the state of the entry that waits for it.
async fn waitlist(bob: &Client, last_unit: &Value, eve: &Client) -> String {
    let Some(hold) = last_unit["id"].as_str() else { return "none".to_owned() };
    bob.delete(&format!("/api/v1/me/holds/{hold}")).await.expect(204);
    let entries = eve.get("/api/v1/me/waitlist").await.json(200);
    entries["items"][0]["state"].as_str().unwrap().to_owned()
}

async fn storefront(stage: &Stage, sale: &ApprovedSale) -> String {
    let answer = stage.app.anonymous().get(&format!("/api/v1/sales/{}", sale.slug)).await;
    if answer.status.as_u16() == 404 {
        return "gone".to_owned();
    }
    let shown = answer.json(200);
    let phase = if shown["halted"] == true { "halted" } else { shown["phase"].as_str().unwrap() };
    phase.to_owned()
}

async fn page(stage: &Stage, sale: &ApprovedSale) -> String {
    let page = stage.app.anonymous().get(&format!("/sales/{}", sale.slug)).await;
    let (_, rest) = page.expect(200).split_once("data-state=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[test]
fn reasons_have_one_code_and_one_text_each() {
    let starts_at = time::macros::datetime!(2026-05-01 12:00 UTC);
    for (reason, code, text) in [
        (NotOpen::Cancelled, "cancelled", "This sale was cancelled."),
        (NotOpen::Ended, "ended", "This sale has ended."),
        (NotOpen::Halted, "halted", "This sale is halted at the moment. Try again later."),
        (
            NotOpen::ProviderNotSelling,
            "halted",
            "This seller is not selling at the moment. Try again later.",
        ),
        (
            NotOpen::NoContract,
            "halted",
            "This seller is not selling at the moment. Try again later.",
        ),
        (
            NotOpen::NoPayouts,
            "halted",
            "This seller is not selling at the moment. Try again later.",
        ),
        (
            NotOpen::NotStarted { starts_at },
            "not_started",
            "This sale starts at 2026-05-01T12:00:00Z. Come back then.",
        ),
    ] {
        assert_eq!((reason.code(), reason.detail().as_str()), (code, text));
    }
}
