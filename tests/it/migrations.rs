//! A database that these migrations cannot bring up to date is refused with what to do about it.

use smp::platform::db;
use sqlx::{Connection, PgConnection};

use crate::support::cluster;

/// A database in which the migration with this version was applied, besides all of ours.
async fn migrated_with(version: i64) -> String {
    let database = cluster::fresh_database().await;
    let mut owner = PgConnection::connect(&database.owner_url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES ($1, 'of another version', true, '', 0)",
    )
    .bind(version)
    .execute(&mut owner)
    .await
    .unwrap();
    owner.close().await.unwrap();
    database.owner_url
}

async fn refusal(url: &str) -> String {
    format!("{:#}", db::migrate(url).await.unwrap_err())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migrated_database_is_migrated_again_without_harm() {
    let database = cluster::fresh_database().await;
    db::migrate(&database.owner_url).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_before_the_base_schema_must_be_removed() {
    let refusal = refusal(&migrated_with(20_261_122_000_001).await).await;
    assert!(refusal.contains("Remove the data folder"), "{refusal}");
    assert!(refusal.contains("20261122000001"), "the version is named: {refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_needs_that_version() {
    let refusal = refusal(&migrated_with(99_991_231_000_001).await).await;
    assert!(refusal.contains("a newer version of smp"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_changed_after_it_was_applied_is_refused() {
    let database = cluster::fresh_database().await;
    let mut owner = PgConnection::connect(&database.owner_url).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET checksum = '' WHERE version = $1")
        .bind(db::MIGRATIONS.iter().next().unwrap().version)
        .execute(&mut owner)
        .await
        .unwrap();
    let refusal = refusal(&database.owner_url).await;
    assert!(refusal.contains("add a migration instead"), "{refusal}");
}
