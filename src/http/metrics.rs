//! The duration of every request, and the page Prometheus scrapes.

use std::{cell::RefCell, collections::HashMap, time::Instant};

use poem::{Response, handler, http::StatusCode};
use poem_openapi::OperationId;

use crate::platform::{count_answer, telemetry};

/// Counts a request, and records how long it took, by operation and status. Hosted pages share one
/// label.
pub fn record(response: &Response, started: Instant) {
    type Histograms = HashMap<(&'static str, StatusCode), metrics::Histogram>;
    thread_local! {
        /// Looking up a histogram by its labels costs more than recording a value.
        static HISTOGRAMS: RefCell<Histograms> = RefCell::default();
    }
    count_answer();
    let operation = response.data::<OperationId>().map_or("page", |id| id.0);
    let status = response.status();
    HISTOGRAMS.with_borrow_mut(|histograms| {
        let histogram = histograms.entry((operation, status)).or_insert_with(|| {
            metrics::histogram!(
                "smp_http_request_seconds",
                "operation" => operation,
                "status" => status.as_u16().to_string()
            )
        });
        histogram.record(started.elapsed().as_secs_f64());
    });
}

#[handler]
pub fn metrics_page() -> Response {
    Response::builder()
        .content_type("text/plain; version=0.0.4")
        .body(telemetry::metrics().render())
}
