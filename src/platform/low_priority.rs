//! Work that keeps a processor busy for a while and can wait: hashing passwords, decoding pictures,
//! printing and packing files.

use tokio::sync::oneshot;

use crate::kernel::Result;

/// How much less than other threads such a thread gets of a busy processor: a tenth of their share.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Runs `work` on a thread of its own. It gets what others leave of the processors, so that a rush
/// stays quick while strangers make the server work.
///
/// # Errors
/// If there is no thread for it, or `work` panics.
pub async fn at_low_priority<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let (done, result) = oneshot::channel();
    // A thread of tokio's pool could not get its priority back.
    let thread = std::thread::Builder::new().name("low-priority".to_owned()).spawn(move || {
        lower_priority();
        // Whoever asked may have gone.
        let _ = done.send(work());
    });
    thread.map_err(anyhow::Error::from)?;
    Ok(result.await.map_err(|_| anyhow::anyhow!("work at low priority panicked"))?)
}

/// Of this thread alone: Linux knows a priority for each.
#[cfg(target_os = "linux")]
fn lower_priority() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn others_go_first_and_keep_their_priority() {
        let of_this_thread = || rustix::process::nice(0).unwrap();
        let before = of_this_thread();
        let there = at_low_priority(of_this_thread).await.unwrap();
        assert_eq!(there, (before + NICENESS).min(19));
        assert_eq!(of_this_thread(), before);
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error() {
        let failed = at_low_priority(|| panic!("too much")).await;
        assert!(failed.unwrap_err().causes().contains("panicked"));
    }
}
