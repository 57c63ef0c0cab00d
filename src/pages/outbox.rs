//! The outbox: messages that are kept instead of sent, because no mail server is configured.
//! `http.rs` decides which listener serves it.

use poem::{Response, handler, http::header, web::Path};

use super::{
    context::{OutboxMessage, OutboxMessagePage, OutboxPage, OutboxRow},
    errors::PageError,
    request::PageRequest,
};
use crate::{
    kernel::{Error, MessageId},
    platform::{Mailer, PublicPath, Tx},
};

/// The newest messages are shown, at most this many.
const MESSAGES_MAX: i64 = 100;
/// Emails bring their own styles; nothing in them may load or run anything.
const MAIL_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'";

async fn open(request: &PageRequest) -> Result<Tx, PageError> {
    if !matches!(request.platform().mailer, Mailer::Kept) {
        return Err(Error::NotFound("page").into());
    }
    Ok(request.platform().db.platform("outbox").await?)
}

#[handler]
pub async fn outbox_page(request: &PageRequest) -> Result<Response, PageError> {
    let mut tx = open(request).await?;
    let q = request.query.get("q").map_or("", |q| q.trim());
    let rows = sqlx::query!(
        r#"
        SELECT id, channel, recipient, template, subject, state, created_at FROM messages
        WHERE $1 = ''
           OR strpos(lower(recipient || ' ' || subject || ' ' || template), lower($1)) > 0
        ORDER BY created_at DESC, id DESC LIMIT $2
        "#,
        q,
        MESSAGES_MAX,
    )
    .fetch_all(&mut *tx)
    .await?;
    drop(tx);
    let messages = rows.into_iter().map(|row| OutboxRow {
        url: PublicPath::OutboxMessage { message: MessageId(row.id) }.to_string(),
        id: row.id.to_string(),
        channel: row.channel,
        recipient: row.recipient,
        template: row.template,
        subject: row.subject,
        state: row.state,
        created_at: row.created_at.into(),
    });
    let page = OutboxPage { messages: messages.collect(), q: q.to_owned() };
    request.show(request.page("pages/dev-outbox"), &page).await
}

#[handler]
pub async fn message_page(
    request: &PageRequest,
    Path(message): Path<String>,
) -> Result<Response, PageError> {
    let mut tx = open(request).await?;
    let id: MessageId = message.parse().map_err(|_| Error::NotFound("message"))?;
    let row = sqlx::query!(
        r#"
        SELECT channel, recipient, template, subject, state, created_at, body_text,
               body_html IS NOT NULL AS "has_html!"
        FROM messages WHERE id = $1
        "#,
        id.0,
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::NotFound("message"))?;
    drop(tx);
    let message = OutboxMessage {
        id: id.to_string(),
        channel: row.channel,
        recipient: row.recipient,
        template: row.template,
        subject: row.subject,
        state: row.state,
        created_at: row.created_at.into(),
        links: links(&row.body_text),
        body_text: row.body_text,
        html_url: row.has_html.then(|| format!("/dev/outbox/{id}/html")),
    };
    request.show(request.page("pages/dev-message"), &OutboxMessagePage { message }).await
}

/// The HTML of an email by itself, as its reader sees it.
#[handler]
pub async fn message_html(
    request: &PageRequest,
    Path(message): Path<String>,
) -> Result<Response, PageError> {
    let mut tx = open(request).await?;
    let id: MessageId = message.parse().map_err(|_| Error::NotFound("message"))?;
    let html = sqlx::query_scalar!("SELECT body_html FROM messages WHERE id = $1", id.0)
        .fetch_optional(&mut *tx)
        .await?
        .flatten();
    let html = html.ok_or(Error::NotFound("message"))?;
    Ok(Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, MAIL_POLICY)
        .header(header::X_FRAME_OPTIONS, "SAMEORIGIN")
        .header(header::CACHE_CONTROL, "no-store")
        .body(html))
}

/// The web addresses in a text, each once.
fn links(text: &str) -> Vec<String> {
    let mut links: Vec<String> = vec![];
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')'))
    {
        let link = word.trim_end_matches(['.', ',', ';', ':', '!', '?']);
        let known = links.iter().any(|known| known == link);
        if (link.starts_with("http://") || link.starts_with("https://")) && !known {
            links.push(link.to_owned());
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_without_the_punctuation_that_follows() {
        let text =
            "Open http://a.example/x?y=1, or (https://b.example/). Again: http://a.example/x?y=1";
        assert_eq!(links(text), ["http://a.example/x?y=1", "https://b.example/"]);
    }
}
