//! The event stream of a product page (server-sent events): phase, stock, and the shopper's own
//! waitlist positions.

use std::time::Duration;

use futures_util::StreamExt;
use poem::{
    IntoResponse, Response, handler,
    web::{
        Path,
        sse::{Event, SSE},
    },
};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use tokio_stream::wrappers::WatchStream;

use super::{errors::PageError, live_feeds::LiveState, request::PageRequest};
use crate::{
    kernel::{Error, Result, WaitlistId},
    stock::EntryState,
};

/// How often a comment tells proxies and browsers that the connection is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A listener's position; None once the entry no longer waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct EntryPosition {
    id: WaitlistId,
    position: Option<i64>,
}

/// The stream of a sale: its phase at once, then stock, phase and positions as they change.
#[handler]
pub async fn live_stream(
    request: &PageRequest,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let feeds = &request.pages.live_feeds;
    let (receiver, feed) = feeds.listen(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let entries = waiting_entries(request, &slug).await?;
    let waiting = (!entries.is_empty()).then(|| feed.count_waiting_listener());
    let platform = request.platform().clone();
    let shutdown = platform.shutdown.clone();
    let mut sent_positions: Vec<EntryPosition> = vec![];
    let events = WatchStream::new(receiver)
        .scan(None, move |sent: &mut Option<LiveState>, state| {
            let _counted = &waiting;
            let mut events = vec![];
            if sent.as_ref().map(|sent| sent.phase) != Some(state.phase) {
                let server_time = platform.clock.now().format(&Rfc3339).unwrap_or_default();
                events.push(event(
                    "phase",
                    &serde_json::json!({"phase": state.phase, "server_time": server_time}),
                ));
            }
            if !state.stock.is_empty()
                && sent.as_ref().map(|sent| &sent.stock) != Some(&state.stock)
            {
                events.push(event("stock", &serde_json::json!({"items": &*state.stock})));
            }
            // An entry without a position still waits if no position was ever sent for it: it may
            // be too far back, or positions may not have been read yet.
            let position = |id: &WaitlistId| {
                let position = state.positions.get(id).copied();
                (position.is_some() || sent_positions.iter().any(|sent| sent.id == *id))
                    .then_some(EntryPosition { id: *id, position })
            };
            let positions: Vec<_> = entries.iter().filter_map(position).collect();
            if positions != sent_positions {
                events.push(event("waitlist", &serde_json::json!({"items": &positions})));
                sent_positions = positions;
            }
            *sent = Some(state);
            std::future::ready(Some(events))
        })
        .flat_map(futures_util::stream::iter)
        .take_until(async move { shutdown.cancelled().await });
    Ok(SSE::new(events).keep_alive(HEARTBEAT).into_response())
}

/// The shopper's entries on the waitlists of a sale that still wait.
async fn waiting_entries(request: &PageRequest, slug: &str) -> Result<Vec<WaitlistId>> {
    let snapshot = request.pages.snapshots.get(slug).await?;
    let Some((account, snapshot)) = request.account().zip(snapshot) else { return Ok(vec![]) };
    let shopper = request.pages.shoppers.state(account).await?;
    Ok(shopper
        .waitlist(snapshot.sale.id)
        .filter(|entry| entry.state == EntryState::Waiting)
        .map(|entry| entry.id)
        .collect())
}

fn event(kind: &str, data: &serde_json::Value) -> Event {
    Event::message(data.to_string()).event_type(kind)
}
