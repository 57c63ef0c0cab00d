//! Connections: HTTP/1.1, a task each. Poem's own server also offers HTTP/2 and upgrades, for which
//! every connection pays in memory. Behind a proxy, and for event streams, nobody needs them.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::TokioIo,
    server::graceful::{GracefulShutdown, Watcher},
};
use poem::{
    Endpoint, Request, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// How long requests under way may take to finish once the process is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// The pause after a failed accept: mostly there are too many connections, and some end soon.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The largest future of a request. It is moved into its box for each request and lives until the
/// answer; it is as large as the largest path to an answer that is not boxed itself. At 67 KB,
/// moving it took an eighth of the time of the threads that speak HTTP.
const WORK_BYTES_MAX: usize = 8 * 1024;

/// Serves until `stop`; then closes idle connections at once, and waits for requests under way.
pub async fn serve(
    listener: TcpListener,
    endpoint: Arc<impl Endpoint<Output = Response> + 'static>,
    stop: CancellationToken,
) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, remote)) => {
                let (endpoint, watcher) = (endpoint.clone(), graceful.watcher());
                tokio::spawn(async move {
                    // A client may hang up at any time.
                    if let Err(error) = serve_connection(stream, remote, endpoint, watcher).await {
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
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    Ok(watcher.watch(connection).await?)
}
