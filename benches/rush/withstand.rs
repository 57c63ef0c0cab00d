//! What a sale's shoppers notice of 100,000 reminders waiting to be sent and of a hostile address at
//! work: Buy, the product page and an order's email, with and without them, in turns.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sqlx::{Connection, PgConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    Figure, SECONDS, TURNS,
    mail::{self, MailServer},
    node::{self, World},
    noticed, rush_in,
};

const REMINDERS: i32 = 100_000;
/// Another address than the shoppers'.
const HOSTILE_ADDRESS: &str = "127.0.0.2:0";
/// Connections that send half a request and wait, and those that ask all the time.
const HALF_REQUESTS: usize = 500;
const ASKING: usize = 16;
/// Each of those that ask pauses so long, as the shoppers' client and the server share the machine.
const BETWEEN_REQUESTS: Duration = Duration::from_millis(40);
/// Orders' emails in a turn.
const EMAILS: usize = 20;

/// What one turn measured.
#[derive(Default)]
struct Turns {
    buy: Vec<f64>,
    page: Vec<f64>,
    /// Seconds from the order to its email.
    email: Vec<f64>,
}

impl Turns {
    async fn measure(
        &mut self,
        world: &World,
        owner: &mut PgConnection,
        mail: &MailServer,
    ) -> Result<()> {
        for _ in 0..EMAILS {
            self.email.push(mail::time_order_email(owner, mail).await?.as_secs_f64());
        }
        let looked = world.prepare(1, 1)?;
        self.page.push(node::wrk_page(world, &looked, 64, SECONDS)?.rate);
        self.buy.push(rush_in(world, 64).await?.rate);
        Ok(())
    }
}

/// The rows of the table, measured in a world of their own.
pub async fn figures() -> Result<Vec<Figure>> {
    let mail = MailServer::start().await?;
    let world = World::open_with_mail(&mail).await?;
    let mut owner = PgConnection::connect(&world.node.owner_url()).await?;
    queue_reminders(&mut owner).await?;
    let (mut calm, mut pressed) = (Turns::default(), Turns::default());
    for _ in 0..TURNS {
        noticed(&world).await?;
        calm.measure(&world, &mut owner, &mail).await?;
        noticed(&world).await?;
        release_reminders(&mut owner, true).await?;
        let hostile = Hostile::start(&world.node.url).await?;
        pressed.measure(&world, &mut owner, &mail).await?;
        let (asked, held) = hostile.stop();
        let left = release_reminders(&mut owner, false).await?;
        println!("{asked} hostile requests, {held} half requests held; {left} reminders are left");
        ensure!(left > 0, "all reminders were sent before the measurement was over");
        ensure!(asked > 0, "the hostile address asked nothing");
    }
    owner.close().await?;
    world.close()?;
    let with = ", with 100,000 reminders waiting and a hostile address, against without";
    Ok(vec![
        compared("Buy under pressure against calm", &pressed.buy, &calm.buy, false, with),
        compared(
            "product page under pressure against calm",
            &pressed.page,
            &calm.page,
            false,
            with,
        ),
        compared(
            "an order's email under pressure against calm",
            &pressed.email,
            &calm.email,
            true,
            with,
        ),
    ])
}

/// The middle of the measurements under pressure by that of the calm ones.
fn compared(name: &'static str, pressed: &[f64], calm: &[f64], at_most: bool, how: &str) -> Figure {
    let middle = |all: &[f64]| {
        let mut all = all.to_vec();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let (pressed, calm) = (middle(pressed), middle(calm));
    let unit = if at_most { "s" } else { "/s" };
    Figure {
        name,
        measured: pressed / calm,
        floor: if at_most { 1.2 } else { 0.8 },
        unit: "",
        at_most,
        detail: format!("{pressed:.3}{unit} against {calm:.3}{unit}{how}"),
    }
}

/// Reminders that wait for [`release_reminders`].
async fn queue_reminders(owner: &mut PgConnection) -> Result<()> {
    sqlx::query(
        "WITH message AS (
             INSERT INTO messages (tenant_id, id, channel, recipient, template, subject, body_text,
                 body_html, dedupe_key)
             SELECT s.tenant_id, gen_random_uuid(), 'email', 'reminded-' || nth || '@bench.example',
                 'sale_reminder', 'It starts soon', 'See you.', '<p>See you.</p>',
                 'reminder-' || nth
             FROM (SELECT tenant_id FROM sales LIMIT 1) s, generate_series(1, $1) AS nth
             RETURNING tenant_id, id
         )
         SELECT count(graphile_worker_bulk.add_job('message_send_bulk',
             json_build_object('tenant_id', tenant_id, 'message_id', id), max_attempts => 12,
             run_at => now() + interval '1 day'))
         FROM message",
    )
    .bind(REMINDERS)
    .execute(owner)
    .await?;
    Ok(())
}

/// Lets the reminders go, or keeps what is left of them. Returns how many those are.
async fn release_reminders(owner: &mut PgConnection, go: bool) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE graphile_worker_bulk._private_jobs
         SET run_at = CASE WHEN $1 THEN now() ELSE now() + interval '1 day' END
         WHERE locked_at IS NULL",
    )
    .bind(go)
    .execute(owner)
    .await?;
    Ok(done.rows_affected())
}

/// An address that asks for what costs, and holds what it can.
struct Hostile {
    asking: JoinSet<()>,
    asked: std::sync::Arc<std::sync::atomic::AtomicUsize>,
    half: Vec<TcpStream>,
}

impl Hostile {
    async fn start(url: &str) -> Result<Self> {
        let host = url.trim_start_matches("http://").to_owned();
        let mut half = vec![];
        for _ in 0..HALF_REQUESTS {
            let mut stream = connect(&host).await?;
            stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await?;
            half.push(stream);
        }
        let asked = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
        let mut asking = JoinSet::new();
        for nth in 0..ASKING {
            let (host, asked) = (host.clone(), asked.clone());
            asking.spawn(async move {
                for request in 0_u64.. {
                    let began = Instant::now();
                    if ask(&host, nth, request).await.is_ok() {
                        asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                    sleep(BETWEEN_REQUESTS.saturating_sub(began.elapsed())).await;
                }
            });
        }
        Ok(Self { asking, asked, half })
    }

    /// How many requests it made, and how many connections it held.
    fn stop(mut self) -> (usize, usize) {
        self.asking.abort_all();
        (self.asked.load(std::sync::atomic::Ordering::Relaxed), self.half.len())
    }
}

async fn connect(host: &str) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(HOSTILE_ADDRESS.parse()?)?;
    Ok(socket.connect(host.parse().context("no address")?).await?)
}

/// A sign-in as somebody new with a wrong password, or a sale whose name is 8 kB long.
async fn ask(host: &str, nth: usize, request: u64) -> Result<()> {
    let mut stream = connect(host).await?;
    let text = if request.is_multiple_of(2) {
        let body = format!(
            r#"{{"email":"stranger-{nth}-{request}@bench.example","password":"wrong, and long enough"}}"#
        );
        format!(
            "POST /api/v1/session HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    } else {
        let name = format!("{request}-{}", "x".repeat(8_000));
        format!("GET /sales/{name} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    };
    stream.write_all(text.as_bytes()).await?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).await?;
    ensure!(!answer.is_empty(), "no answer");
    Ok(())
}
