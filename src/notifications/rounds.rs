//! Letters to all who registered for a sale: a reminder before its start, a notice at it. Thousands
//! of them, so they are written by the batch: taken, written and marked in one transaction,
//! whatever becomes of the node, and rendered once.

use serde_json::json;
use sqlx::PgConnection;

use super::{
    letters::{dressed, sale_words},
    messages::{self, Content, NewMessage},
};
use crate::{
    access::accounts,
    kernel::{AccountId, Result, token},
    platform::Platform,
    providers::themes::{RenderedEmail, Themes},
    sales::{MailingKind, PublishedSale, RegistrationMailing},
};

/// Letters of one transaction.
pub const BATCH: i64 = 500;

/// Writes every letter that is due. Any number of nodes at once: each takes the shoppers that no
/// other has in hand.
pub async fn write_due(platform: &Platform, themes: &Themes) -> Result<()> {
    let mut tx = platform.db.platform("letters due").await?;
    let due = RegistrationMailing::due(&mut tx, platform.clock.now()).await?;
    drop(tx);
    for round in due {
        // One provider's broken template keeps nobody else's letters back.
        if let Err(error) = write_round(platform, themes, &round).await {
            tracing::error!(?error, sale = %round.sale, kind = <&str>::from(round.kind), "letters to the registered could not be written; it will be tried again");
        }
    }
    Ok(())
}

async fn write_round(
    platform: &Platform,
    themes: &Themes,
    round: &RegistrationMailing,
) -> Result<()> {
    let mut after = None;
    loop {
        let mut tx = platform.db.platform("letters").await?;
        let last = write_batch(&mut tx, platform, themes, round, after).await?;
        tx.commit().await?;
        if last.is_none() {
            break;
        }
        after = last;
    }
    let mut tx = platform.db.platform("letters done").await?;
    round.finish(&mut tx, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes the letters of up to [`BATCH`] shoppers beyond `after`, and marks them as told; the last
/// of them, if there was any. Platform scope; nothing has happened until the transaction commits.
pub async fn write_batch(
    conn: &mut PgConnection,
    platform: &Platform,
    themes: &Themes,
    round: &RegistrationMailing,
    after: Option<AccountId>,
) -> Result<Option<AccountId>> {
    let Some(sale) = round.lock_sale(conn, platform.clock.now()).await? else {
        return Ok(None);
    };
    let taken = round.take_recipients(conn, after, BATCH).await?;
    let Some(last) = taken.last().copied() else { return Ok(None) };
    let mould = Mould::new(platform, themes, conn, round, &sale).await?;
    let people = accounts::by_ids(conn, &taken).await?;
    let letters = people.iter().map(|to| {
        let email = mould.cast(&to.name, &to.email);
        NewMessage {
            tenant: round.tenant,
            account: Some(to.id),
            recipient: &to.email,
            template: template(round.kind),
            content: Content::Email { subject: email.subject, text: email.text, html: email.html },
            dedupe_key: format!(
                "{}:{}:{}:{}",
                template(round.kind),
                round.sale,
                to.id,
                round.starts_at.unix_timestamp()
            ),
        }
    });
    messages::queue_all(conn, letters.collect()).await?;
    Ok(Some(last))
}

fn template(kind: MailingKind) -> &'static str {
    match kind {
        MailingKind::Reminder => "sale_reminder",
        MailingKind::Start => "sale_started",
    }
}

/// A letter rendered once, with marks where its receiver's name and address go.
struct Mould {
    email: RenderedEmail,
    name: String,
    address: String,
}

impl Mould {
    async fn new(
        platform: &Platform,
        themes: &Themes,
        conn: &mut PgConnection,
        round: &RegistrationMailing,
        sale: &PublishedSale,
    ) -> Result<Self> {
        // Nobody can know the marks, so no sale's words can hold one.
        let nonce = token::random();
        let (name, address) =
            (format!("\u{E000}{nonce}-name\u{E001}"), format!("\u{E000}{nonce}-address\u{E001}"));
        let look = themes.of(conn, round.tenant).await?;
        let context = dressed(
            platform,
            &look,
            &json!({"name": name, "email": address}),
            json!({"sale": sale_words(platform, sale)}),
        );
        Ok(Self { email: look.theme.email(template(round.kind), &context)?, name, address })
    }

    fn cast(&self, name: &str, address: &str) -> RenderedEmail {
        let fill = |text: &str, name: &str, address: &str| {
            text.replace(&self.name, name).replace(&self.address, address)
        };
        RenderedEmail {
            subject: fill(&self.email.subject, name, address),
            text: fill(&self.email.text, name, address),
            html: fill(
                &self.email.html,
                &handlebars::html_escape(name),
                &handlebars::html_escape(address),
            ),
        }
    }
}
