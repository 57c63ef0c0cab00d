//! An SMTP server that takes everything, and an order's email to it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use sqlx::PgConnection;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

/// After which an order's email is not waited for any longer.
const EMAIL_PATIENCE: Duration = Duration::from_secs(30);

/// Takes every email and forgets it, except when it came, by its recipient.
pub struct MailServer {
    address: String,
    received: Arc<Mutex<HashMap<String, Instant>>>,
}

impl MailServer {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let received = Arc::<Mutex<HashMap<_, _>>>::default();
        let book = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, book.clone()));
            }
        });
        Ok(Self { address, received })
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn received(&self, recipient: &str) -> Option<Instant> {
        self.received.lock().ok()?.get(recipient).copied()
    }

    /// How many emails came to addresses that begin so, and when the last of them.
    pub fn received_by(&self, prefix: &str) -> (usize, Option<Instant>) {
        let Ok(received) = self.received.lock() else { return (0, None) };
        let times = received.iter().filter(|(to, _)| to.starts_with(prefix)).map(|(_, at)| *at);
        (times.clone().count(), times.max())
    }
}

async fn talk(stream: TcpStream, book: Arc<Mutex<HashMap<String, Instant>>>) -> Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let (mut recipient, mut in_message) = (String::new(), false);
    writer.write_all(b"220 bench\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        if in_message {
            if line == "." {
                in_message = false;
                if let Ok(mut book) = book.lock() {
                    book.insert(std::mem::take(&mut recipient), Instant::now());
                }
                writer.write_all(b"250 taken\r\n").await?;
            }
            continue;
        }
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "DATA" => {
                in_message = true;
                b"354 go on\r\n"
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 bench\r\n",
        };
        if verb == "RCPT" {
            line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut recipient);
        }
        writer.write_all(answer).await?;
    }
    Ok(())
}

/// Writes an order's email and queues its sending, as the server does.
pub async fn write_order_email(owner: &mut PgConnection, recipient: &str) -> Result<()> {
    sqlx::query(
        "WITH message AS (
             INSERT INTO messages (tenant_id, id, channel, recipient, template, subject, body_text,
                 body_html, dedupe_key)
             SELECT tenant_id, gen_random_uuid(), 'email', $1, 'order_confirmed', 'Your order',
                 'Thank you.', '<p>Thank you.</p>', $1
             FROM sales LIMIT 1
             RETURNING tenant_id, id
         )
         SELECT queue_job('message_send',
             json_build_object('tenant_id', tenant_id, 'message_id', id), 12)
         FROM message",
    )
    .bind(recipient)
    .execute(owner)
    .await?;
    Ok(())
}

/// From the writing of an order's email until it is received.
pub async fn time_order_email(owner: &mut PgConnection, mail: &MailServer) -> Result<Duration> {
    let recipient = format!("order-{}@bench.example", Uuid::now_v7());
    let began = Instant::now();
    write_order_email(owner, &recipient).await?;
    loop {
        if let Some(at) = mail.received(&recipient) {
            return Ok(at.duration_since(began));
        }
        ensure!(began.elapsed() < EMAIL_PATIENCE, "an order's email did not come");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
