//! Times as the story has them.

use serde_json::Value;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::Story;

impl Story {
    /// A value with the times that the database wrote, by its own clock, moved to the story's.
    pub(super) fn in_story_time(&self, value: &Value) -> Value {
        let clock = &self.app.platform.clock;
        let (now, shift) = (clock.unshifted(), clock.now() - clock.unshifted());
        match value {
            Value::String(text) => match OffsetDateTime::parse(text, &Rfc3339) {
                Ok(time) if (time - now).abs() < Duration::minutes(10) => {
                    (time + shift).format(&Rfc3339).unwrap().into()
                }
                _ => value.clone(),
            },
            Value::Array(items) => items.iter().map(|item| self.in_story_time(item)).collect(),
            Value::Object(fields) => {
                let moved =
                    |(name, value): (&String, &Value)| (name.clone(), self.in_story_time(value));
                fields.iter().map(moved).collect::<serde_json::Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
}
