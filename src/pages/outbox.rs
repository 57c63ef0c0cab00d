//! Kept mail, for development: where no mail server is configured and the installation is none of
//! production's.

use poem::{Response, handler, http::header, web::Path};

use super::{
    context::{OutboxMessage, OutboxMessagePage, OutboxPage, OutboxRow},
    failure::Failure,
    view::{View, has_outbox},
};
use crate::{
    kernel::{Error, MessageId},
    platform::Tx,
};

/// Messages on the page at most, the newest.
const MESSAGES_MAX: i64 = 100;
/// Emails style themselves; nothing in them may load or run anything.
const MAIL_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'";

async fn open(view: &View) -> Result<Tx, Failure> {
    if !has_outbox(view.platform()) {
        return Err(Error::NotFound("page").into());
    }
    Ok(view.platform().db.platform("outbox").await?)
}

#[handler]
pub async fn outbox_page(view: &View) -> Result<Response, Failure> {
    let mut tx = open(view).await?;
    let q = view.query.get("q").map_or("", |q| q.trim());
    let rows = sqlx::query!(
        r#"
        SELECT id, channel, recipient, template, subject, state, created_at FROM messages
        WHERE $1 = '' OR strpos(lower(recipient || ' ' || subject || ' ' || template), lower($1)) > 0
        ORDER BY created_at DESC, id DESC LIMIT $2
        "#,
        q,
        MESSAGES_MAX,
    )
    .fetch_all(&mut *tx)
    .await?;
    drop(tx);
    let messages = rows.into_iter().map(|row| OutboxRow {
        url: format!("/dev/outbox/{}", row.id),
        id: row.id.to_string(),
        channel: row.channel,
        recipient: row.recipient,
        template: row.template,
        subject: row.subject,
        state: row.state,
        created_at: row.created_at.into(),
    });
    let page = OutboxPage { messages: messages.collect(), q: q.to_owned() };
    view.show(view.sheet("pages/dev-outbox"), &page).await
}

#[handler]
pub async fn message_page(view: &View, Path(message): Path<String>) -> Result<Response, Failure> {
    let mut tx = open(view).await?;
    let id: MessageId = message.parse().map_err(|_| Error::NotFound("message"))?;
    let row = sqlx::query!(
        r#"SELECT channel, recipient, template, subject, state, created_at, body_text, body_html IS NOT NULL AS "has_html!" FROM messages WHERE id = $1"#,
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
    view.show(view.sheet("pages/dev-message"), &OutboxMessagePage { message }).await
}

/// The email as its reader sees it, alone.
#[handler]
pub async fn message_html(view: &View, Path(message): Path<String>) -> Result<Response, Failure> {
    let mut tx = open(view).await?;
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

/// Every address in a text, once.
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
    fn links_are_found_without_what_ends_the_sentence() {
        let text =
            "Open http://a.example/x?y=1, or (https://b.example/). Again: http://a.example/x?y=1";
        assert_eq!(links(text), ["http://a.example/x?y=1", "https://b.example/"]);
    }
}
