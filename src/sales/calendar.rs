//! The start of a sale as a calendar file (RFC 5545). Its entry has the same UID for ever, so that a start
//! that moved moves in a calendar too, and a sale that was cancelled is struck out there.

use chrono::{DateTime, TimeDelta, Utc};
use icalendar::{
    Alarm, Calendar, Class, Component, Event, EventLike, EventStatus, Property, Trigger,
};
use lettre::message::Mailbox;
use time::{Duration, OffsetDateTime, macros::datetime};

use super::{published::PublishedSale, states::SaleState};
use crate::platform::{Platform, PublicPath};

/// How long the entry is, unless the sale ends earlier.
const ENTRY: Duration = Duration::minutes(30);
/// How long before the start a calendar calls.
const ALARM_BEFORE: TimeDelta = TimeDelta::minutes(15);
/// Sequences count the seconds since then, up to the sale's approved revision: many programs keep them in 31
/// bits.
const FIRST_SEQUENCE: OffsetDateTime = datetime!(2025-01-01 0:00 UTC);

/// The start of a sale, to be kept in a calendar.
pub fn start_calendar(platform: &Platform, sale: &PublishedSale) -> String {
    let host = platform.config.base_url.split_once("://").map_or("smp", |(_, rest)| rest);
    let start = SaleStart {
        uid: format!("start-{}@{}", sale.id, host.split([':', '/']).next().unwrap_or("smp")),
        sequence: sequence(sale),
        title: one_line(&sale.content.title),
        seller: one_line(&sale.provider_name),
        url: platform.public_url(PublicPath::Sale { slug: &sale.slug }),
        organizer: platform.config.mail_from.parse().ok(),
        starts_at: sale.content.starts_at,
        ends_at: sale.content.ends_at.min(sale.content.starts_at + ENTRY),
        is_cancelled: sale.state == SaleState::Cancelled,
        written_at: platform.clock.now(),
    };
    start.calendar().to_string()
}

struct SaleStart {
    uid: String,
    sequence: u32,
    title: String,
    seller: String,
    url: String,
    organizer: Option<Mailbox>,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    is_cancelled: bool,
    written_at: OffsetDateTime,
}

impl SaleStart {
    fn calendar(&self) -> Calendar {
        let mut event = Event::new();
        event
            .uid(&self.uid)
            .sequence(self.sequence)
            .timestamp(utc(self.written_at))
            .starts(utc(self.starts_at))
            .ends(utc(self.ends_at))
            .summary(&format!("{} starts", self.title))
            .description(&format!("A sale of {}. Buy at {}", self.seller, self.url))
            .url(&self.url)
            .class(Class::Public)
            .status(if self.is_cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed })
            // It takes no time off that others could ask for.
            .add_property("TRANSP", "TRANSPARENT");
        if let Some(organizer) = &self.organizer {
            let mut property = Property::new("ORGANIZER", format!("mailto:{}", organizer.email));
            if let Some(name) = organizer.name.as_deref() {
                property.add_parameter("CN", &one_line(name).replace('"', "'"));
            }
            event.append_property(property);
        }
        if !self.is_cancelled {
            let trigger = Trigger::before_start(ALARM_BEFORE);
            event.alarm(Alarm::display(&format!("{} starts soon", self.title), trigger));
        }
        let mut calendar = Calendar::empty();
        for (name, value) in [
            ("VERSION", "2.0"),
            ("PRODID", "-//SMP//Starts of sales//EN"),
            ("CALSCALE", "GREGORIAN"),
            ("METHOD", "PUBLISH"),
        ] {
            calendar.append_property(Property::new(name, value));
        }
        calendar.push(event);
        calendar
    }
}

/// Grows with each approved revision, whose id has the time it was made, and with the cancellation.
fn sequence(sale: &PublishedSale) -> u32 {
    let made_at = sale.revision.0.get_timestamp().map_or(0, |at| at.to_unix().0);
    let since = FIRST_SEQUENCE.unix_timestamp().unsigned_abs();
    let cancelled = u32::from(sale.state == SaleState::Cancelled);
    u32::try_from(made_at.saturating_sub(since)).unwrap_or(u32::MAX - 1) + cancelled
}

fn utc(at: OffsetDateTime) -> DateTime<Utc> {
    DateTime::from_timestamp(at.unix_timestamp(), 0).unwrap_or_default()
}

/// A text without what could begin another line of the file.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(title: &str, is_cancelled: bool) -> String {
        let start = SaleStart {
            uid: "start-1@smp.example".to_owned(),
            sequence: 7,
            title: one_line(title),
            seller: "Kiln, Sons; & Co".to_owned(),
            url: "https://smp.example/sales/bowls".to_owned(),
            organizer: "\"SMP; sales\" <no-reply@smp.example>".parse().ok(),
            starts_at: datetime!(2026-12-01 18:00:00.5 +1),
            ends_at: datetime!(2026-12-01 18:30 +1),
            is_cancelled,
            written_at: datetime!(2026-11-29 12:00 UTC),
        };
        start.calendar().to_string()
    }

    #[test]
    fn the_start_is_an_entry_in_utc_with_an_alarm() {
        let text = start("Bowls, at dawn", false);
        let unfolded = text.replace("\r\n ", "");
        for line in [
            "METHOD:PUBLISH",
            "UID:start-1@smp.example",
            "SEQUENCE:7",
            "DTSTAMP:20261129T120000Z",
            "DTSTART:20261201T170000Z",
            "DTEND:20261201T173000Z",
            "SUMMARY:Bowls\\, at dawn starts",
            "URL:https://smp.example/sales/bowls",
            "STATUS:CONFIRMED",
            "ORGANIZER;CN=\"SMP; sales\":mailto:no-reply@smp.example",
            "TRIGGER;RELATED=START:-PT900S",
        ] {
            assert!(unfolded.split("\r\n").any(|found| found == line), "{line} not in {unfolded}");
        }
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    }

    #[test]
    fn a_cancelled_sale_is_struck_out_and_calls_nobody() {
        let text = start("Bowls", true);
        assert!(text.contains("STATUS:CANCELLED\r\n") && !text.contains("VALARM"), "{text}");
    }

    #[test]
    fn a_title_begins_no_line_of_the_file() {
        let text = start("Bowls\r\nATTENDEE:mailto:x@evil.example\nEND:VCALENDAR", false);
        assert!(!text.contains("\nATTENDEE") && text.matches("\nEND:VCALENDAR").count() == 1);
    }
}
