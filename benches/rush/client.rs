//! A minimal client: it sends prepared requests and reads no more of a response than it must.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, sleep_until},
};

use crate::node::Prepared;

pub struct Heard {
    pub statuses: Vec<u16>,
    /// From the first request until the last response.
    pub took: Duration,
}

pub fn tally(statuses: &[u16]) -> BTreeMap<u16, usize> {
    statuses.iter().fold(BTreeMap::new(), |mut tally, status| {
        *tally.entry(*status).or_default() += 1;
        tally
    })
}

/// Every shopper buys once, spread evenly over `within`, over keep-alive connections opened in
/// advance.
pub async fn rush(sale: &Prepared, connections: usize, within: Duration) -> Result<Heard> {
    let (host, path) =
        sale.url.trim_start_matches("http://").split_once('/').context("a URL with a path")?;
    let mut streams = vec![];
    for _ in 0..connections {
        streams.push(TcpStream::connect(host).await?);
    }
    let count = sale.tokens.len();
    let began = Instant::now() + Duration::from_millis(100);
    let mut tasks = JoinSet::new();
    for (nth, mut stream) in streams.into_iter().enumerate() {
        let presses: Vec<(Duration, Vec<u8>)> = (nth..count)
            .step_by(connections)
            .map(|shopper| {
                let at = within * u32::try_from(shopper).unwrap_or(u32::MAX) / u32::try_from(count).unwrap_or(u32::MAX);
                let request = format!(
                    "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nCookie: smp_session={}\r\nIdempotency-Key: press\r\nContent-Length: {}\r\n\r\n{}",
                    sale.tokens[shopper],
                    sale.body.len(),
                    sale.body
                );
                (at, request.into_bytes())
            })
            .collect();
        tasks.spawn(async move {
            let mut statuses = vec![];
            let mut buffer = vec![0; 4096];
            for (at, request) in presses {
                sleep_until((began + at).into()).await;
                let status = async {
                    stream.write_all(&request).await?;
                    read_answer(&mut stream, &mut buffer).await
                };
                statuses.push(status.await.unwrap_or(0));
            }
            (statuses, Instant::now())
        });
    }
    let (mut statuses, mut last) = (vec![], began);
    while let Some(done) = tasks.join_next().await {
        let (heard, at) = done?;
        statuses.extend(heard);
        last = last.max(at);
    }
    Ok(Heard { statuses, took: last - began })
}

/// A shopper's request.
pub struct Request {
    pub path: String,
    pub token: String,
    pub body: String,
}

pub struct Answered {
    /// Status and body, in the order of the requests.
    pub answers: Vec<(u16, String)>,
    /// From the first request until the last response.
    pub took: Duration,
}

/// Sends requests over so many connections, opened in advance: all begin at the same moment, and each sends the next
/// request when it has its answer.
pub async fn all_at_once(
    url: &str,
    requests: Vec<Request>,
    connections: usize,
) -> Result<Answered> {
    let host = url.trim_start_matches("http://");
    let mut tasks = JoinSet::new();
    let began = Instant::now() + Duration::from_secs(1);
    let queue = Arc::new(Mutex::new(requests.into_iter().enumerate()));
    for _ in 0..connections {
        let mut stream = TcpStream::connect(host).await?;
        let (host, queue) = (host.to_owned(), queue.clone());
        tasks.spawn(async move {
            sleep_until(began.into()).await;
            let (mut answers, mut buffer) = (vec![], vec![0; 8192]);
            while let Some((nth, Request { path, token, body })) = next(&queue) {
                let request = format!(
                    "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nCookie: smp_session={token}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(request.as_bytes()).await?;
                let (status, body) = read_whole(&mut stream, &mut buffer).await?;
                answers.push((nth, status, body));
            }
            anyhow::Ok((answers, Instant::now()))
        });
    }
    let (mut answers, mut last) = (vec![], began);
    while let Some(done) = tasks.join_next().await {
        let (of_one, at) = done??;
        answers.extend(of_one);
        last = last.max(at);
    }
    answers.sort_unstable();
    let answers = answers.into_iter().map(|(_, status, body)| (status, body)).collect();
    Ok(Answered { answers, took: last - began })
}

/// The next of a queue. Not inside a `while let`, which would keep the lock until the request is answered.
fn next<T>(queue: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    queue.lock().expect("no holder panics").next()
}

/// The status of a response that was read to its end.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    Ok(read_whole(stream, buffer).await?.0)
}

/// The status and body of a response.
async fn read_whole(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(u16, String)> {
    let mut have = 0;
    loop {
        if have == buffer.len() {
            buffer.resize(have * 2, 0);
        }
        let read = stream.read(&mut buffer[have..]).await?;
        anyhow::ensure!(read > 0, "the server hung up");
        have += read;
        let text = String::from_utf8_lossy(&buffer[..have]);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")
                .map(|length| length.trim().parse::<usize>())
        });
        if body.len() >= length.context("no length")?? {
            return Ok((head.get(9..12).context("no status")?.parse()?, body.to_owned()));
        }
    }
}

/// Many listeners to the stock of a sale.
pub struct Listeners {
    tasks: JoinSet<Instant>,
    begun: Arc<AtomicUsize>,
    count: usize,
    heard: usize,
}

/// Opens listeners. Each one ends at its second stock event; the first is the stock at the start.
pub async fn listen(url: &str, slug: &str, count: usize) -> Result<Listeners> {
    let host = url.trim_start_matches("http://").to_owned();
    let begun = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for nth in 0..count {
        let mut stream = TcpStream::connect(&host).await?;
        let request = format!(
            "GET /sales/{slug}/live HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let begun = begun.clone();
        tasks.spawn(async move {
            let mut buffer = vec![0; 2048];
            let mut told = 0;
            loop {
                let Ok(read @ 1..) = stream.read(&mut buffer).await else {
                    return Instant::now() + Duration::from_hours(1);
                };
                let before = told;
                told += String::from_utf8_lossy(&buffer[..read]).matches("event: stock").count();
                if before == 0 && told > 0 {
                    begun.fetch_add(1, Ordering::Relaxed);
                }
                if told >= 2 {
                    return Instant::now();
                }
            }
        });
        if nth % 500 == 499 {
            sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(Listeners { tasks, begun, count, heard: 0 })
}

impl Listeners {
    /// Waits until every listener has received the stock at the start.
    pub async fn settle(&self) {
        for _ in 0..300 {
            if self.begun.load(Ordering::Relaxed) == self.count {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// From `pressed` until the last listener has received the change, or `patience` is over.
    pub async fn until_all_heard(&mut self, pressed: Instant, patience: Duration) -> Duration {
        let mut last = Duration::ZERO;
        let all = async {
            while let Some(done) = self.tasks.join_next().await {
                if let Ok(at) = done
                    && at < pressed + patience
                {
                    self.heard += 1;
                    last = last.max(at - pressed);
                }
            }
        };
        let _ = tokio::time::timeout(patience, all).await;
        last
    }

    pub fn heard(&self) -> usize {
        self.heard
    }
}
