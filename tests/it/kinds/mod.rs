//! The four kinds of sale, each from its draft to what the buyer gets; and the proof of inventory.

mod aggregated;
mod deposits;
mod input;
mod inventory;
mod reservation;
mod voucher;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::format_description};

use crate::support::stage::Stage;

impl Stage {
    /// The input with another kind, and with some fields of its first item changed.
    pub(super) fn with_item(&self, kind: &str, changes: &Value) -> Value {
        let mut input = self.with(&json!({"kind": kind}));
        for (name, value) in changes.as_object().unwrap() {
            input["items"][0][name] = value.clone();
        }
        input
    }

    pub(super) fn aggregated(&self) -> Value {
        self.with(&json!({
            "kind": "aggregated",
            "target_quantity": 10,
            "ship_min_days": 3,
            "ship_max_days": 7,
        }))
    }

    /// The first item in two slots, each with a capacity of its own: days after the sale's end.
    pub(super) fn reservation(&self, slots: &[(i64, i64, i32)]) -> Value {
        let item = |(first, last, capacity): &(i64, i64, i32)| {
            let mut item = self.input["items"][0].clone();
            item["slot_starts_on"] = day(self.ends_at + Duration::days(*first));
            item["slot_ends_on"] = day(self.ends_at + Duration::days(*last));
            item["capacity"] = json!(capacity);
            item
        };
        self.with(
            &json!({"kind": "reservation", "items": slots.iter().map(item).collect::<Vec<_>>()}),
        )
    }

    pub(super) fn voucher(&self) -> Value {
        self.with(&json!({"kind": "voucher", "voucher_valid_days": 365}))
    }
}

/// A day as the API writes it.
fn day(at: OffsetDateTime) -> Value {
    json!(
        at.to_offset(time::UtcOffset::UTC)
            .date()
            .format(format_description!("[year]-[month]-[day]"))
            .unwrap()
    )
}
