//! Deletes what is past its time, in small batches in quiet hours. What is kept how long stands in
//! `platform/retention.rs`.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use sqlx::PgConnection;
use strum::IntoEnumIterator;
use time::OffsetDateTime;

use crate::{
    access::{
        account_tokens, delete_expired_staff_invitations, devices, factor_store, members, passkeys,
        phones, sessions,
    },
    assets, checkouts, events,
    kernel::Result,
    notifications, payments,
    platform::{
        Platform,
        retention::{AWAY_FROM_STARTS, BATCH_FILES, BATCH_ROWS, Kept},
    },
    privacy, redirect, rehearsal, sales, statistics, stock,
};

/// One run spends no longer on one thing; the rest is left to the next run.
const RUN_MAX: Duration = Duration::from_secs(2);
/// Between two batches, the database is left to others.
const PAUSE: Duration = Duration::from_millis(50);

/// Deletes what is past its time, if it is the hour for it and no sale starts soon. Returns how much
/// of each was deleted.
pub async fn delete_past_its_time(platform: &Platform) -> Result<BTreeMap<&'static str, u64>> {
    let mut deleted = BTreeMap::new();
    for kept in Kept::iter() {
        let began = Instant::now();
        while began.elapsed() < RUN_MAX && is_quiet(platform).await? {
            let count = delete_batch(platform, kept).await?;
            if count == 0 {
                break;
            }
            *deleted.entry(<&str>::from(kept)).or_default() += count;
            metrics::counter!("smp_retention_deleted_total", "what" => <&str>::from(kept))
                .increment(count);
            tokio::time::sleep(PAUSE).await;
        }
    }
    if !deleted.is_empty() {
        tracing::info!(?deleted, "deleted what is past its time");
    }
    Ok(deleted)
}

/// Whether it is the hour to delete, and no sale starts soon or started a moment ago.
async fn is_quiet(platform: &Platform) -> Result<bool> {
    let now = platform.clock.now();
    if platform.shutdown.is_cancelled() || !platform.config.retention_hours.contain(now) {
        return Ok(false);
    }
    let mut tx = platform.db.platform("retention").await?;
    let around = (now - AWAY_FROM_STARTS, now + AWAY_FROM_STARTS);
    Ok(!sales::starts_between(&mut tx, around.0, around.1).await?)
}

/// Deletes one batch. Returns how much it was; 0 if nothing is left, or another node is at it.
async fn delete_batch(platform: &Platform, kept: Kept) -> Result<u64> {
    let now = platform.clock.now();
    let before = now - kept.period();
    match kept {
        Kept::AbandonedUploads => {
            return assets::clear_abandoned_uploads(platform, before, BATCH_FILES).await;
        }
        Kept::LateUploads => {
            return assets::clear_late_uploads(platform, before, BATCH_FILES).await;
        }
        Kept::DataExports => {
            return privacy::delete_past_exports(platform, before, BATCH_FILES).await;
        }
        _ => {}
    }
    let mut tx = platform.db.platform("retention").await?;
    if !is_alone(&mut tx).await? {
        return Ok(0);
    }
    let count = delete_rows(&mut tx, kept, before, now).await?;
    tx.commit().await?;
    Ok(count)
}

/// Whether no other node deletes at this moment, nor will until the transaction ends.
async fn is_alone(conn: &mut PgConnection) -> Result<bool> {
    let locked = sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtext('smp retention')) AS "locked!""#
    );
    Ok(locked.fetch_one(conn).await?)
}

async fn delete_rows(
    conn: &mut PgConnection,
    kept: Kept,
    before: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<u64> {
    const MAX: i64 = BATCH_ROWS;
    match kept {
        Kept::AbandonedUploads | Kept::LateUploads | Kept::DataExports => Ok(0),
        Kept::MessageBodies => notifications::remove_bodies(conn, before, now, MAX).await,
        Kept::Messages => notifications::delete_messages(conn, before, MAX).await,
        Kept::Sessions => sessions::delete_expired(conn, before, MAX).await,
        Kept::PasskeyChallenges => passkeys::delete_expired_challenges(conn, before, MAX).await,
        Kept::AccountTokens => account_tokens::delete_expired(conn, before, MAX).await,
        Kept::KnownDevices => devices::delete_unseen(conn, before, MAX).await,
        Kept::Invitations => {
            let of_providers = members::delete_expired_invitations(conn, before, MAX).await?;
            Ok(of_providers + delete_expired_staff_invitations(conn, before, MAX).await?)
        }
        Kept::RehearsalReports => rehearsal::delete_ended(conn, before, MAX).await,
        Kept::ClickOuts => redirect::delete_unconverted(conn, before, MAX).await,
        Kept::UnmatchedReports => redirect::delete_unmatched(conn, before, MAX).await,
        Kept::Visits if statistics::archive_visits(conn, before).await? => Ok(1),
        Kept::Visits => statistics::delete_archived_visits(conn, MAX).await,
        Kept::Holds => stock::delete_freed_holds(conn, before, MAX).await,
        Kept::WaitlistEntries => stock::delete_resolved_entries(conn, before, MAX).await,
        Kept::GatewayNotices => payments::delete_notices(conn, before, MAX).await,
        Kept::MailNotices => notifications::delete_mail_notices(conn, before, MAX).await,
        Kept::Events => events::delete_delivered(conn, before, MAX).await,
        Kept::CashCodes => payments::delete_cash_codes(conn, before, MAX).await,
        Kept::PhoneCodes => phones::delete_code_sends(conn, before, MAX).await,
        Kept::Checkouts => checkouts::delete_unchanged(conn, before, MAX).await,
        Kept::PendingSignIns => factor_store::delete_expired_pending(conn, before, MAX).await,
        Kept::SecondFactorTries => factor_store::delete_old_tries(conn, before, MAX).await,
    }
}
