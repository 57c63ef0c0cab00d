//! The event stream of an open portal page (server-sent events): it hears within a moment when its
//! session ends or its roles change, on whatever node that was done.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use poem::{
    IntoResponse, Request, Response, handler,
    web::{
        Data,
        sse::{Event, SSE},
    },
};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{
    caller,
    context::Access,
    sessions::{self, Session},
};
use crate::{
    kernel::{AccountId, Result},
    platform::Cookies,
};

/// Where the portal listens.
pub const SESSION_STREAM_PATH: &str = "/session/live";
/// How often a comment tells proxies and browsers that the connection is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// An open page and what it waits for.
struct PageListener {
    access: Access,
    token: String,
    account: AccountId,
    changes: broadcast::Receiver<Option<AccountId>>,
    /// Whether the stream has said that the session is over.
    is_over: bool,
}

/// `changed` whenever the roles of the session's account may have changed; `ended` when the session is
/// over, and then nothing more.
#[handler]
pub async fn session_stream(request: &Request, access: Data<&Access>) -> Result<Response> {
    let access = access.0.clone();
    // First, so that no change is missed.
    let changes = access.sessions.changes();
    let session = caller::required_session(request, &access).await?;
    let token = request.headers().value(sessions::COOKIE).unwrap_or_default().into_owned();
    let shutdown = access.platform.shutdown.clone();
    let listener =
        PageListener { account: session.account.id, access, token, changes, is_over: false };
    let events = stream::unfold(listener, PageListener::next);
    let events = events.take_until(async move { shutdown.cancelled().await });
    Ok(SSE::new(events).keep_alive(HEARTBEAT).into_response())
}

impl PageListener {
    /// The next event; None once the session is over.
    async fn next(mut self) -> Option<(Event, Self)> {
        if self.is_over {
            return None;
        }
        loop {
            match self.changes.recv().await {
                Ok(Some(account)) if account != self.account => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
            // After an error the page asks for itself, and says what is wrong.
            self.is_over = matches!(self.session().await, Ok(None));
            let event = if self.is_over { "ended" } else { "changed" };
            return Some((Event::message("{}").event_type(event), self));
        }
    }

    async fn session(&self) -> Result<Option<Arc<Session>>> {
        self.access.sessions.find(&self.access.platform, &self.token).await
    }
}
