//! Connections: HTTP/1.1, each a task of its own. Poem's server also takes HTTP/2 and upgrades, for
//! which every connection pays in memory; behind a proxy, and for event streams, nobody needs them.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use poem::{
    Endpoint, Request, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;

/// Requests under way get this long to end once the process is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// After a connection that could not be taken: mostly there are too many, and some end soon.
const PAUSE: Duration = Duration::from_millis(50);
/// The work on a request, as it is moved into its box for each of them, and lies in memory until
/// the answer. It is as large as the largest way to an answer that is not boxed itself; at 67 KB
/// moving it took an eighth of the time of the threads that speak HTTP.
const WORK_BYTES_MAX: usize = 8 * 1024;

/// Serves until `stop`, then ends what is under way within a grace.
pub async fn serve(
    listener: TcpListener,
    endpoint: Arc<impl Endpoint<Output = Response> + 'static>,
    stop: CancellationToken,
) {
    // Every connection holds a sender; nothing is ever sent.
    let (open, mut all_closed) = mpsc::channel::<Infallible>(1);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, remote)) => {
                let (endpoint, stop, open) = (endpoint.clone(), stop.clone(), open.clone());
                tokio::spawn(async move {
                    // A caller who hangs up in the middle is nobody's fault here.
                    if let Err(error) = attend(stream, remote, endpoint, stop).await {
                        tracing::debug!(%error, "a connection ended early");
                    }
                    drop(open);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop((listener, open));
    if tokio::time::timeout(GRACE, all_closed.recv()).await.is_err() {
        tracing::warn!("answers were still under way after {GRACE:?}");
    }
}

async fn attend(
    stream: TcpStream,
    remote: SocketAddr,
    endpoint: Arc<impl Endpoint<Output = Response> + 'static>,
    stop: CancellationToken,
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
            "{} bytes: box what is rarely needed of it",
            size_of_val(&work)
        );
        // Boxed, because a connection keeps room for it even while it waits for a request.
        Box::pin(work)
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    tokio::select! {
        closed = connection.as_mut() => return Ok(closed?),
        () = stop.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    Ok(connection.await?)
}
