//! Receipts of stock: downloaded after a sale, and checked by replaying them.

use std::collections::HashMap;

use serde_json::{Value, json};
use smp::{
    kernel::AccountId,
    sales::SaleMode,
    stock::{self, HoldOutcome},
};
use uuid::Uuid;

use crate::{
    support::{TestApp, sales::LiveSale},
    waitlist::wait,
};

/// The receipt as anyone can download it after the sale. It must be valid.
pub async fn receipt(app: &TestApp, sale: &LiveSale) -> String {
    let path = format!("/api/v1/sales/{}/receipt", sale.slug);
    let answer = app.anonymous().get(&path).await;
    let text = answer.expect(200).to_owned();
    stock::verify_receipt(&text).unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
    text
}

/// Ends the sale.
pub async fn end(app: &TestApp) {
    app.platform.clock.advance(time::Duration::hours(48));
    stock::expire_due(&app.platform).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_receipt_is_not_valid() {
    let app = TestApp::start().await;
    let tenant = app.provider("kiln").await;
    let sale = app.live_sale(tenant, SaleMode::Hosted).await;
    let mut holds = HashMap::new();
    for nth in 0..4 {
        if let HoldOutcome::Held(hold) =
            app.allocator.hold(wait(&sale, 1, AccountId::new(), 2, "k")).await.unwrap()
        {
            holds.insert(nth, hold);
        }
    }
    stock::release(&app.platform, holds[&0].account, holds[&0].id).await.unwrap();
    end(&app).await;
    let text = receipt(&app, &sale).await;
    let lines: Vec<&str> = text.lines().collect();
    let without = |nth: usize| {
        lines
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != nth)
            .flat_map(|(_, line)| [line, "\n"])
            .collect::<String>()
    };
    for nth in 1..lines.len() - 1 {
        assert!(
            stock::verify_receipt(&without(nth)).is_err(),
            "line {} was left out, and the receipt was still valid",
            nth + 1
        );
    }
    for (what, with) in [
        ("\"quantity\":2", "\"quantity\":1"),
        ("smp-receipt-1", "smp-receipt-2"),
        ("\"capacity\":5", "\"capacity\":9"),
    ] {
        assert!(
            stock::verify_receipt(&text.replacen(what, with, 1)).is_err(),
            "{what} became {with}, and the receipt was still valid"
        );
    }
    assert!(stock::verify_receipt("").is_err());

    // Entries with correct hashes whose moves break the rules.
    let forged = |moves: Value| {
        let (item, now) = (sale.items[1], app.platform.clock.now());
        let entry = stock::ReceiptEntry::after(
            &stock::ReceiptHead::default(),
            item,
            now,
            &serde_json::from_value::<Vec<stock::Move>>(moves).unwrap(),
        );
        let head = json!({
            "format": "smp-receipt-1", "sale": "forged", "items": {item.to_string(): "Slate"}
        });
        let line = stock::ReceiptLine::new(entry, item, now).unwrap();
        format!("{head}\n{}\n", serde_json::to_string(&line).unwrap())
    };
    let (a, b, x, y) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let published = json!({"published": {"capacity": 1}});
    let held = |hold: Uuid| json!({"held": {"hold": hold, "quantity": 1}});
    let sold = |hold: Uuid| json!({"sold": {"hold": hold, "quantity": 1}});
    let released = |hold: Uuid| json!({"released": {"hold": hold, "quantity": 1}});
    let joined = |entry: Uuid, position: i64| {
        let of = json!({
            "entry": entry, "quantity": 1, "accept_fewer": false, "position": position
        });
        json!({"joined": of})
    };
    let offered =
        |entry: Uuid, hold: Uuid| json!({"offered": {"entry": entry, "hold": hold, "quantity": 1}});
    for (wrong, moves) in [
        ("oversold", json!([published, held(a), held(b)])),
        ("overtaken", json!([published, joined(x, 1), joined(y, 2), offered(y, a)])),
        ("overtaken", json!([published, joined(x, 1), held(a)])),
        ("resolved already", json!([published, held(a), sold(a), released(a)])),
    ] {
        let error = stock::verify_receipt(&forged(moves)).unwrap_err();
        assert!(error.contains(wrong), "{error}");
    }
    let valid = json!([published, held(a), joined(x, 1), released(a), offered(x, b)]);
    stock::verify_receipt(&forged(valid)).unwrap();
}
