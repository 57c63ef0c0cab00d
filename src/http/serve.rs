//! Connections: HTTP/1.1, a task each. Poem's own server also offers HTTP/2 and upgrades, for which
//! every connection pays in memory. Behind a proxy, and for event streams, nobody needs them.

use std::{
    collections::{HashMap, hash_map::Entry},
    convert::Infallible,
    io::Write,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use poem::{
    Endpoint, Request, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::platform::{Config, network};

/// How long requests under way may take to finish once the process is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// The pause after a failed accept: mostly there are too many connections, and some end soon.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// What a connection buffers at most, and thus the largest head of a request.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The largest future of a request. It is moved into its box for each request and lives until the
/// answer; it is as large as the largest path to an answer that is not boxed itself. At 67 KB,
/// moving it took an eighth of the time of the threads that speak HTTP.
const WORK_BYTES_MAX: usize = 8 * 1024;

/// How many connections a listener has at the same time, and how long they may say nothing.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    pub all: usize,
    /// From one IPv4 address or IPv6 /64; `None` behind a proxy, from which they all come.
    pub per_client: Option<usize>,
    /// From the end of an answer to the end of the next request's head.
    pub head_timeout: Duration,
}

/// A proxy keeps its connections for the next request, mostly for a minute.
const HEAD_TIMEOUT_OF_PROXY: Duration = Duration::from_secs(75);
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// What a client gets for a connection too many.
const TOO_MANY_CONNECTIONS: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\n\
    Content-Length: 0\r\nConnection: close\r\n\r\n";

impl ConnectionLimits {
    pub fn of(config: &Config) -> Self {
        let proxied = config.trust_forwarded;
        Self {
            all: config.connections,
            per_client: (!proxied).then_some(config.connections_per_client),
            head_timeout: if proxied { HEAD_TIMEOUT_OF_PROXY } else { HEAD_TIMEOUT },
        }
    }
}

/// The connections of a listener, counted.
#[derive(Debug)]
struct Connections {
    limits: ConnectionLimits,
    counts: Mutex<ConnectionCounts>,
}

#[derive(Debug, Default)]
struct ConnectionCounts {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
}

/// One counted connection, until it is dropped.
struct Counted {
    connections: Arc<Connections>,
    client: IpAddr,
}

impl Connections {
    fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, counts: Mutex::default() })
    }

    /// Counts a connection; none if it is one too many.
    fn admit(self: &Arc<Self>, remote: IpAddr) -> Option<Counted> {
        let client = network(remote);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= self.limits.all {
            return None;
        }
        if let Some(most) = self.limits.per_client {
            let of_client = counts.by_client.entry(client).or_default();
            if *of_client >= most {
                return None;
            }
            *of_client += 1;
        }
        counts.all += 1;
        Some(Counted { connections: self.clone(), client })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.connections.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Entry::Occupied(mut of_client) = counts.by_client.entry(self.client) {
            *of_client.get_mut() -= 1;
            if *of_client.get() == 0 {
                of_client.remove();
            }
        }
    }
}

/// Serves until `stop`; then closes idle connections at once, and waits for requests under way.
pub async fn serve(
    listener: TcpListener,
    endpoint: Arc<impl Endpoint<Output = Response> + 'static>,
    limits: ConnectionLimits,
    stop: CancellationToken,
) {
    let graceful = GracefulShutdown::new();
    let connections = Connections::new(limits);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, remote)) => {
                let Some(counted) = connections.admit(remote.ip()) else {
                    metrics::counter!("smp_connections_refused_total").increment(1);
                    // To the socket itself, which never waits. Tokio has a task that did much in one go wait before
                    // it writes, whether it could or not.
                    if let Ok(mut stream) = stream.into_std() {
                        let _ = stream.write_all(TOO_MANY_CONNECTIONS);
                    }
                    continue;
                };
                let (endpoint, watcher) = (endpoint.clone(), graceful.watcher());
                tokio::spawn(async move {
                    let _counted = counted;
                    // A client may hang up at any time.
                    if let Err(error) =
                        serve_connection(stream, remote, endpoint, limits, watcher).await
                    {
                        tracing::debug!(%error, "a connection ended early");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection; trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way {GRACE:?} after the stop");
    }
}

async fn serve_connection(
    stream: TcpStream,
    remote: SocketAddr,
    endpoint: Arc<impl Endpoint<Output = Response> + 'static>,
    limits: ConnectionLimits,
    watcher: Watcher,
) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let (local, remote) = (LocalAddr(stream.local_addr()?.into()), RemoteAddr(remote.into()));
    let answer = service_fn(move |request| {
        let request = Request::from((request, local.clone(), remote.clone(), Scheme::HTTP));
        let endpoint = endpoint.clone();
        let work = async move {
            Ok::<_, Infallible>(hyper::Response::from(endpoint.get_response(request).await))
        };
        debug_assert!(
            size_of_val(&work) <= WORK_BYTES_MAX,
            "{} bytes: box the parts that are rarely used",
            size_of_val(&work)
        );
        // Boxed, because a connection reserves room for it even while it waits for a request.
        Box::pin(work)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), answer);
    Ok(watcher.watch(connection).await?)
}

#[cfg(test)]
mod tests {
    use std::net::{self, Ipv4Addr};

    use poem::{EndpointExt, endpoint::make_sync};
    use tokio::io::AsyncReadExt;

    use super::*;

    fn connections(all: usize, per_client: Option<usize>) -> Arc<Connections> {
        Connections::new(ConnectionLimits { all, per_client, head_timeout: HEAD_TIMEOUT })
    }

    fn address(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    #[test]
    fn a_listener_has_so_many_connections_and_no_more() {
        let connections = connections(3, None);
        let mut admitted: Vec<_> = (0..5).filter_map(|_| connections.admit(address(1))).collect();
        assert_eq!(admitted.len(), 3);
        assert!(connections.admit(address(2)).is_none(), "of anybody");
        admitted.pop();
        assert!(connections.admit(address(2)).is_some(), "one has ended");
    }

    #[test]
    fn a_client_has_a_share_and_leaves_nothing_behind() {
        let connections = connections(10, Some(2));
        let mine: Vec<_> = (0..5).filter_map(|_| connections.admit(address(1))).collect();
        assert_eq!(mine.len(), 2);
        let other = connections.admit(address(2));
        assert!(other.is_some(), "another client has a share of its own");
        drop((mine, other));
        let counts = connections.counts.lock().unwrap();
        assert_eq!((counts.all, counts.by_client.len()), (0, 0));
    }

    #[tokio::test]
    async fn whoever_is_refused_is_told_so_however_many_come_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // Before the first is accepted.
        let all: Vec<_> = (0..100).map(|_| net::TcpStream::connect(address).unwrap()).collect();
        let endpoint = Arc::new(make_sync(|_| ()).map_to_response());
        let limits = ConnectionLimits { all: 1, per_client: None, head_timeout: HEAD_TIMEOUT };
        let stop = CancellationToken::new();
        let _stops = stop.clone().drop_guard();
        tokio::spawn(serve(listener, endpoint, limits, stop));
        for (nth, refused) in all.into_iter().enumerate().skip(1) {
            refused.set_nonblocking(true).unwrap();
            let mut said = vec![];
            TcpStream::from_std(refused).unwrap().read_to_end(&mut said).await.unwrap();
            assert_eq!(said, TOO_MANY_CONNECTIONS, "connection {nth}");
        }
    }
}
