//! The helpers of templates: money, numbers, dates, and the addresses of a theme's files.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason,
};
use serde_json::Value;
use time::{
    Date, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339,
    macros::format_description,
};

use crate::kernel::Money;

pub(super) fn register(registry: &mut Handlebars<'static>, theme_hash: &str) {
    registry.register_helper("money", Box::new(money));
    registry.register_helper("number", Box::new(number));
    registry.register_helper("ordinal", Box::new(ordinal));
    registry.register_helper("days", Box::new(days));
    registry.register_helper("count", Box::new(count));
    for (name, format) in
        [("date", date as TimeFormat), ("time", time_of_day), ("datetime", date_and_time)]
    {
        let helper =
            move |h: &Helper<'_>,
                  _: &Handlebars<'_>,
                  ctx: &Context,
                  _: &mut RenderContext<'_, '_>,
                  out: &mut dyn Output| moment(name, format, h, ctx, out);
        registry.register_helper(name, Box::new(helper));
    }
    let base = format!("/theme/{theme_hash}/");
    let asset = move |h: &Helper<'_>,
                      _: &Handlebars<'_>,
                      _: &Context,
                      _: &mut RenderContext<'_, '_>,
                      out: &mut dyn Output| {
        let path = h
            .param(0)
            .and_then(|p| p.value().as_str())
            .ok_or(RenderErrorReason::ParamNotFoundForIndex("asset", 0))?;
        Ok(out.write(&format!("{base}{path}"))?)
    };
    registry.register_helper("asset", Box::new(asset));
}

/// Writes a point in time in a zone of this name; `american` is the order of en-US.
type TimeFormat = fn(OffsetDateTime, bool, &str) -> String;

fn is_american(ctx: &Context) -> bool {
    ctx.data().get("locale").and_then(|locale| locale.as_str()) == Some("en-US")
}

/// What a helper is asked to write. Without it, a template means a value that has the helper's name.
fn asked<'a>(h: &'a Helper<'_>, name: &'static str) -> Result<&'a Value, RenderErrorReason> {
    param(h, 0).ok_or(RenderErrorReason::ParamNotFoundForIndex(name, 0))
}

fn param<'a>(h: &'a Helper<'_>, nth: usize) -> Option<&'a Value> {
    h.param(nth).map(handlebars::PathAndJson::value)
}

fn money(
    h: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = asked(h, "money")?;
    if value.is_null() {
        return Ok(());
    }
    let money: Money = serde_json::from_value(value.clone())
        .map_err(|error| RenderErrorReason::Other(format!("money: {error}")))?;
    Ok(out.write(&money.to_string())?)
}

fn number(
    h: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let Some(number) = asked(h, "number")?.as_i64() else { return Ok(()) };
    Ok(out.write(&grouped(number))?)
}

fn ordinal(
    h: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let Some(number) = asked(h, "ordinal")?.as_i64() else { return Ok(()) };
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    Ok(out.write(&format!("{}{ending}", grouped(number)))?)
}

/// A number with its noun: `{{count 1 "day"}}` is `1 day`, `{{count n "day"}}` may be `1,240 days`.
fn count(
    h: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let Some(number) = asked(h, "count")?.as_i64() else { return Ok(()) };
    let noun = h.param(1).and_then(|p| p.value().as_str()).unwrap_or_default();
    let ending = if number == 1 { "" } else { "s" };
    Ok(out.write(&format!("{} {noun}{ending}", grouped(number)))?)
}

/// A range of days, which is the same in every time zone: `{{days "2026-12-04" "2026-12-06"}}` is
/// `4 to 6 December 2026`.
fn days(
    h: &Helper<'_>,
    _: &Handlebars<'_>,
    ctx: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let day = |nth: usize| {
        let value = if nth == 0 { Some(asked(h, "days")?) } else { param(h, nth) };
        let Some(text) = value.and_then(Value::as_str) else { return Ok(None) };
        let day = Date::parse(text, format_description!("[year]-[month]-[day]"));
        day.map(Some).map_err(|error| RenderErrorReason::Other(format!("days: {text:?}: {error}")))
    };
    let Some((first, last)) = day(0)?.zip(day(1)?) else { return Ok(()) };
    Ok(out.write(&day_range(first, last, is_american(ctx)))?)
}

fn day_range(first: Date, last: Date, american: bool) -> String {
    let write = |day: Date| date(day.midnight().assume_utc(), american, "");
    let month = |day: Date| (day.year(), day.month());
    if first == last {
        write(first)
    } else if month(first) != month(last) {
        format!("{} to {}", write(first), write(last))
    } else if american {
        format!("{} {} to {}, {}", first.month(), first.day(), last.day(), first.year())
    } else {
        format!("{} to {}", first.day(), write(last))
    }
}

fn moment(
    name: &'static str,
    format: TimeFormat,
    h: &Helper<'_>,
    ctx: &Context,
    out: &mut dyn Output,
) -> HelperResult {
    let Some(text) = asked(h, name)?.as_str() else { return Ok(()) };
    let instant = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|error| RenderErrorReason::Other(format!("{name}: {text:?}: {error}")))?;
    let instant = instant.to_offset(UtcOffset::UTC);
    let zone = ctx.data().get("time_zone").and_then(|zone| zone.as_str());
    let (local, zone) = zone.map_or_else(|| in_utc(instant), |zone| in_zone(instant, zone));
    let text = format(local, is_american(ctx), &zone);
    if h.hash_get("plain").is_some_and(|plain| plain.value().as_bool() == Some(true)) {
        return Ok(out.write(&text)?);
    }
    let machine_readable =
        instant.replace_nanosecond(0).unwrap_or(instant).format(&Rfc3339).unwrap_or_default();
    Ok(out.write(&format!(
        r#"<time datetime="{machine_readable}" data-format="{name}">{text}</time>"#
    ))?)
}

/// A point in time as clocks in a zone (`Europe/Berlin`) show it, and what they call it there: `CET`,
/// or `UTC+03` where it has no name. In UTC when the zone is not known.
fn in_zone(instant: OffsetDateTime, zone: &str) -> (OffsetDateTime, String) {
    let local = || {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        let at = jiff::Timestamp::from_second(instant.unix_timestamp()).ok()?;
        let info = zone.to_offset_info(at);
        let offset = UtcOffset::from_whole_seconds(info.offset().seconds()).ok()?;
        let name = info.abbreviation();
        let unnamed = if name.starts_with(['+', '-']) { "UTC" } else { "" };
        Some((instant.to_offset(offset), format!("{unnamed}{name}")))
    };
    local().unwrap_or_else(|| in_utc(instant))
}

fn in_utc(instant: OffsetDateTime) -> (OffsetDateTime, String) {
    (instant, "UTC".to_owned())
}

fn date(instant: OffsetDateTime, american: bool, _: &str) -> String {
    let format = if american {
        format_description!("[month repr:long] [day padding:none], [year]")
    } else {
        format_description!("[day padding:none] [month repr:long] [year]")
    };
    instant.format(format).unwrap_or_default()
}

fn time_of_day(instant: OffsetDateTime, american: bool, zone: &str) -> String {
    let format = if american {
        format_description!("[hour repr:12 padding:none]:[minute] [period]")
    } else {
        format_description!("[hour]:[minute]")
    };
    format!("{} {zone}", instant.format(format).unwrap_or_default())
}

fn date_and_time(instant: OffsetDateTime, american: bool, zone: &str) -> String {
    format!("{}, {}", date(instant, american, zone), time_of_day(instant, american, zone))
}

/// Digits in groups of three: `1,240`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("−{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn helpers_write_values_as_people_do() {
        let mut registry = Handlebars::new();
        register(&mut registry, "5f3a");
        let render = |template: &str, locale: &str| {
            let context = json!({
                "locale": locale,
                "m": {"amount": 129_900, "currency": "EUR"},
                "none": null,
                "n": 1240,
                "at": "2026-11-22T17:00:00.123Z",
            });
            registry.render_template(template, &context).unwrap()
        };
        assert_eq!(render("{{money m}}|{{money none}}|{{money absent}}", "en-GB"), "€1,299.00||");
        assert_eq!(
            render(
                "{{number n}} {{ordinal 1}} {{ordinal 12}} {{ordinal 23}} {{ordinal n}}",
                "en-GB"
            ),
            "1,240 1st 12th 23rd 1,240th"
        );
        assert_eq!(
            render(r#"{{count 1 "day"}}, {{count 0 "day"}}, {{count n "item"}}"#, "en-GB"),
            "1 day, 0 days, 1,240 items"
        );
        assert_eq!(
            render("{{date at}}", "en-GB"),
            r#"<time datetime="2026-11-22T17:00:00Z" data-format="date">22 November 2026</time>"#
        );
        assert_eq!(
            render("{{datetime at plain=true}}|{{time at plain=true}}", "en-GB"),
            "22 November 2026, 17:00 UTC|17:00 UTC"
        );
        assert_eq!(render("{{datetime at plain=true}}", "en-US"), "November 22, 2026, 5:00 PM UTC");
        let render_in = |zone: &str| {
            let context = json!({"time_zone": zone, "at": "2026-11-22T23:30:00Z"});
            registry.render_template("{{datetime at plain=true}}", &context).unwrap()
        };
        assert_eq!(render_in("Europe/Berlin"), "23 November 2026, 00:30 CET");
        assert_eq!(render_in("America/New_York"), "22 November 2026, 18:30 EST");
        assert_eq!(render_in("Asia/Dubai"), "23 November 2026, 03:30 UTC+04");
        assert_eq!(render_in("Nowhere/Else"), "22 November 2026, 23:30 UTC");
        assert_eq!(
            render(
                concat!(
                    r#"{{days "2026-12-04" "2026-12-06"}}|"#,
                    r#"{{days "2026-12-04" "2026-12-04"}}|{{days none}}"#,
                ),
                "en-GB"
            ),
            "4 to 6 December 2026|4 December 2026|"
        );
        assert_eq!(
            render(r#"{{days "2026-12-04" "2026-12-06"}}"#, "en-US"),
            "December 4 to 6, 2026"
        );
        assert_eq!(
            render(r#"{{days "2026-12-30" "2027-01-02"}}"#, "en-GB"),
            "30 December 2026 to 2 January 2027"
        );
        assert_eq!(render(r#"{{asset "css/base.css"}}"#, "en-GB"), "/theme/5f3a/css/base.css");
    }

    #[test]
    fn a_value_with_a_helpers_name_is_no_empty_text() {
        let mut registry = Handlebars::new();
        register(&mut registry, "5f3a");
        for template in ["{{number}}", "{{money}}", "{{date}}", "{{count}}", "{{days}}"] {
            let context =
                json!({"number": 1, "money": 1, "date": "2026-11-22", "count": 1, "days": 1});
            assert!(registry.render_template(template, &context).is_err(), "{template}");
        }
    }
}
