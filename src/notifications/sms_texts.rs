//! What an SMS says: from a template of its tenant's theme, in the characters of GSM where that loses
//! nothing, and in at most two segments. Each segment is paid for.

use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    emails,
    messages::{self, MessageContent, NewMessage},
};
use crate::{
    kernel::{AccountId, Result, TenantId},
    platform::Platform,
    providers::Branding,
};

/// Segments of an SMS at most.
const SEGMENTS_MAX: usize = 2;
/// To how many characters titles are cut, step by step, until the text has few enough segments.
const TITLE_CHARS: [usize; 4] = [60, 40, 25, 15];
/// Where contexts have texts of any length.
const TITLES: [&str; 3] = ["/sale/title", "/provider_name", "/brand/name"];

/// The basic characters of GSM 03.38, which take one place of a segment.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
                   ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its further characters, which take two.
const GSM_EXTENSION: &str = "^{}\\[~]|€";

/// An SMS to be rendered.
pub struct SmsDraft<'a> {
    /// Whose branding it has, and whose messages it belongs to.
    pub tenant: TenantId,
    pub account: Option<AccountId>,
    /// E.164.
    pub phone: &'a str,
    /// `sms/NAME` of the theme.
    pub template: &'static str,
    pub context: Value,
    /// The reader's own; None: the provider's.
    pub locale: Option<&'a str>,
    /// The same.
    pub time_zone: Option<&'a str>,
    /// A second SMS with the same key is not sent.
    pub dedupe_key: String,
}

/// What the text of an SMS is made of.
#[derive(Debug, Clone, Copy)]
pub struct SmsTemplate<'a> {
    /// `sms/NAME` of the theme.
    pub name: &'a str,
    /// Before what the template says; empty but for tests.
    pub mark: &'a str,
}

/// Renders the text of an SMS, as phones show it.
pub fn text(
    platform: &Platform,
    branding: &Branding,
    template: SmsTemplate<'_>,
    context: Value,
) -> Result<String> {
    let mut context = emails::complete_context(platform, branding, &json!({}), context);
    let SmsTemplate { name, mark } = template;
    fitted(&mut context, |context| Ok(format!("{mark}{}", branding.theme.sms(name, context)?)))
}

/// Renders an SMS, ready to be queued.
pub fn render<'a>(
    platform: &Platform,
    branding: &Branding,
    draft: SmsDraft<'a>,
) -> Result<NewMessage<'a>> {
    let mut context = draft.context;
    context["locale"] = draft.locale.into();
    context["time_zone"] = draft.time_zone.into();
    let text = text(platform, branding, SmsTemplate { name: draft.template, mark: "" }, context)?;
    Ok(NewMessage {
        tenant: draft.tenant,
        account: draft.account,
        recipient: draft.phone,
        template: draft.template,
        content: MessageContent::Sms { text },
        dedupe_key: draft.dedupe_key,
    })
}

/// Queues SMS of one tenant and template, except those whose dedupe key exists already. After
/// `not_after` they are not sent any more.
pub async fn queue_all(
    conn: &mut PgConnection,
    messages: Vec<NewMessage<'_>>,
    not_after: OffsetDateTime,
) -> Result<()> {
    let Some(first) = messages.first() else { return Ok(()) };
    let tenant = first.tenant;
    let keys: Vec<String> = messages.iter().map(|message| message.dedupe_key.clone()).collect();
    messages::queue_all(conn, messages).await?;
    // In the same transaction, so that no job has one of them without it.
    sqlx::query!(
        "UPDATE messages SET not_after = $3
         WHERE tenant_id = $1 AND dedupe_key = ANY($2) AND state = 'queued'",
        tenant.0,
        &keys,
        not_after,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The text with its titles as long as two segments allow, and in Latin letters if nothing else helps.
/// Links are never cut: they would lead nowhere.
fn fitted(context: &mut Value, mut render: impl FnMut(&Value) -> Result<String>) -> Result<String> {
    let mut text = plain(&render(context)?);
    for chars in TITLE_CHARS {
        if segments(&text) <= SEGMENTS_MAX {
            return Ok(text);
        }
        shorten(context, |title| {
            let cut: String = title.chars().take(chars).collect();
            if cut == title { cut } else { format!("{}...", cut.trim_end()) }
        });
        text = plain(&render(context)?);
    }
    if segments(&text) <= SEGMENTS_MAX {
        return Ok(text);
    }
    // In Latin letters more than twice as much fits.
    shorten(context, |title| deunicode::deunicode(title).replace('`', "'"));
    Ok(plain(&render(context)?))
}

fn shorten(context: &mut Value, mut shorter: impl FnMut(&str) -> String) {
    for title in TITLES {
        if let Some(Value::String(title)) = context.pointer_mut(title) {
            *title = shorter(title);
        }
    }
}

/// The text with the marks of typography as phones without them write them, and without spaces at the
/// ends of lines.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '‘' | '’' | '‚' | '′' => plain.push('\''),
            '“' | '”' | '„' | '«' | '»' | '″' => plain.push('"'),
            '–' | '—' | '−' | '\u{2010}' | '\u{2011}' | '•' | '·' => plain.push('-'),
            '…' => plain.push_str("..."),
            '×' => plain.push('x'),
            '\u{a0}' | '\u{2009}' | '\u{202f}' | '\t' => plain.push(' '),
            '\u{ad}' | '\u{200b}' | '\u{feff}' | '\r' => {}
            other => plain.push(other),
        }
    }
    let lines = plain.lines().map(|line| line.split(' ').filter(|word| !word.is_empty()));
    let lines: Vec<String> = lines.map(|words| words.collect::<Vec<_>>().join(" ")).collect();
    lines.join("\n").trim().to_owned()
}

/// How many segments a text is sent in: of 160 places in the characters of GSM, or 70 in any others; of
/// several each has a few less.
fn segments(text: &str) -> usize {
    let places = text.chars().map(|c| match c {
        c if GSM.contains(c) => Some(1_usize),
        c if GSM_EXTENSION.contains(c) => Some(2),
        _ => None,
    });
    let (count, one, several) = match places.sum::<Option<usize>>() {
        Some(count) => (count, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if count <= one { 1 } else { count.div_ceil(several) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted_as_phones_count_them() {
        assert_eq!((segments(&"a".repeat(160)), segments(&"a".repeat(161))), (1, 2));
        assert_eq!((segments(&"a".repeat(306)), segments(&"a".repeat(307))), (2, 3));
        // A euro takes two places, and an emoji two of the 70.
        assert_eq!((segments(&"€".repeat(80)), segments(&"€".repeat(81))), (1, 2));
        assert_eq!((segments(&"ł".repeat(70)), segments(&"ł".repeat(71))), (1, 2));
        assert_eq!((segments(&"🌿".repeat(35)), segments(&"🌿".repeat(36))), (1, 2));
        assert_eq!(segments(""), 1);
    }

    #[test]
    fn typography_costs_no_segment() {
        assert_eq!(
            plain("It’s  “now” – 2 × bowl… \n\n 17:00\u{a0}CET "),
            "It's \"now\" - 2 x bowl...\n\n17:00 CET"
        );
    }

    #[test]
    fn a_long_title_is_cut_and_a_link_is_not() {
        let url = format!("https://smp.example/sales/{}", "s".repeat(80));
        for title in ["x".repeat(220), "さ".repeat(120), "🌿".repeat(120), "Bowls".to_owned()] {
            let mut context = json!({"sale": {"title": title}});
            let text = fitted(&mut context, |context| {
                Ok(format!(
                    "SMP: {} has started. {url}",
                    context["sale"]["title"].as_str().unwrap()
                ))
            })
            .unwrap();
            assert!(segments(&text) <= SEGMENTS_MAX && text.ends_with(&url), "{text}");
            assert_eq!(text.contains("..."), title != "Bowls", "{text}");
        }
    }
}
