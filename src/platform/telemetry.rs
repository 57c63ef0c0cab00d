//! Logs to standard error, and metrics for Prometheus.

use std::backtrace::{Backtrace, BacktraceStatus};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use super::Config;
use crate::kernel::error::{clip, own_calls};

/// What a log has of a panic's message at most.
const PANIC_BYTES_MAX: usize = 2_000;

/// The queue logs the payloads of its jobs, and the parser of emails their links, some of which are
/// secrets. These directives apply whatever the filter says.
const NEVER_LOGGED: [&str; 5] = [
    "graphile_worker=warn",
    "graphile_worker::runner::task_execution=error",
    "html5ever=warn",
    "markup5ever=warn",
    "selectors=warn",
];

/// Starts logging, of panics too: with the calls of our own code instead of the whole backtrace. A
/// second call does nothing, because tests share a process.
pub fn start_logs(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = NEVER_LOGGED
        .iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = if config.log_json { builder.json().try_init() } else { builder.try_init() };
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::capture();
        let calls = match backtrace.status() {
            BacktraceStatus::Captured => own_calls(&backtrace.to_string()),
            _ => String::new(),
        };
        tracing::error!("{}{calls}", clip(&panic.to_string(), PANIC_BYTES_MAX));
    }));
}

/// The process's metrics; the first call installs the recorder.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}
