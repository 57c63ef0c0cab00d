//! The addresses that a shopper keeps, one of them the default: checkout begins with it.

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    kernel::{AccountId, AddressFormats, Error, FieldErrors, Result},
    orders::Address,
};

/// Addresses that an account keeps, at most.
pub const SAVED_ADDRESSES_MAX: usize = 20;

#[derive(Debug, Clone)]
pub struct SavedAddress {
    pub id: Uuid,
    pub address: Json<Address>,
    pub is_default: bool,
}

/// An address that may be kept, checked by the rules of its country.
#[derive(Debug)]
pub struct NewSavedAddress {
    address: Address,
    is_default: bool,
}

impl NewSavedAddress {
    pub fn parse(formats: &AddressFormats, address: Address, is_default: bool) -> Result<Self> {
        let mut fields = FieldErrors::default();
        let address = address.checked(formats, &mut fields, "address");
        fields.finish()?;
        Ok(Self { address, is_default })
    }
}

/// The addresses of an account, the default first, then the newest.
pub async fn saved_addresses(
    conn: &mut PgConnection,
    account: AccountId,
) -> Result<Vec<SavedAddress>> {
    let addresses = sqlx::query_as!(
        SavedAddress,
        r#"
        SELECT id, address AS "address: Json<Address>", is_default FROM account_addresses
        WHERE account_id = $1 ORDER BY is_default DESC, created_at DESC, id
        "#,
        account.0
    );
    Ok(addresses.fetch_all(conn).await?)
}

/// The default address of an account.
pub async fn default_address(
    conn: &mut PgConnection,
    account: AccountId,
) -> Result<Option<Address>> {
    let all = saved_addresses(conn, account).await?;
    Ok(all.into_iter().find(|saved| saved.is_default).map(|saved| saved.address.0))
}

/// One address of an account; another's is unknown.
pub async fn saved_address(
    conn: &mut PgConnection,
    account: AccountId,
    id: Uuid,
) -> Result<SavedAddress> {
    let all = saved_addresses(conn, account).await?;
    all.into_iter().find(|saved| saved.id == id).ok_or(Error::NotFound("address"))
}

/// Keeps an address. The first is the default. One that is kept already is not kept twice.
pub async fn keep_address(
    conn: &mut PgConnection,
    account: AccountId,
    new: NewSavedAddress,
    now: OffsetDateTime,
) -> Result<SavedAddress> {
    lock(conn, account).await?;
    let all = saved_addresses(conn, account).await?;
    if let Some(same) = all.iter().find(|saved| saved.address.0 == new.address) {
        if new.is_default && !same.is_default {
            make_default(conn, account, same.id).await?;
        }
        return saved_address(conn, account, same.id).await;
    }
    if all.len() >= SAVED_ADDRESSES_MAX {
        return Err(Error::conflict(
            "addresses_too_many",
            format!(
                "An account keeps at most {SAVED_ADDRESSES_MAX} addresses. Remove one that you no \
                 longer need, then add this one."
            ),
        ));
    }
    let id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO account_addresses (account_id, id, address, created_at)
         VALUES ($1, $2, $3, $4)",
        account.0,
        id,
        Json(&new.address) as _,
        now,
    )
    .execute(&mut *conn)
    .await?;
    if new.is_default || all.is_empty() {
        make_default(conn, account, id).await?;
    }
    saved_address(conn, account, id).await
}

/// Changes an address. A default stays one until another becomes it.
pub async fn change_address(
    conn: &mut PgConnection,
    account: AccountId,
    id: Uuid,
    new: NewSavedAddress,
) -> Result<SavedAddress> {
    lock(conn, account).await?;
    let changed = sqlx::query!(
        "UPDATE account_addresses SET address = $3 WHERE account_id = $1 AND id = $2",
        account.0,
        id,
        Json(&new.address) as _,
    )
    .execute(&mut *conn)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::NotFound("address"));
    }
    if new.is_default {
        make_default(conn, account, id).await?;
    }
    saved_address(conn, account, id).await
}

/// Removes an address; the newest of the others becomes the default in its place.
pub async fn remove_address(conn: &mut PgConnection, account: AccountId, id: Uuid) -> Result<()> {
    lock(conn, account).await?;
    let removed = saved_address(conn, account, id).await?;
    sqlx::query!("DELETE FROM account_addresses WHERE account_id = $1 AND id = $2", account.0, id)
        .execute(&mut *conn)
        .await?;
    let next = saved_addresses(conn, account).await?.into_iter().next();
    match next.filter(|_| removed.is_default) {
        Some(next) => make_default(conn, account, next.id).await,
        None => Ok(()),
    }
}

/// Makes an address the default in place of the one that was it. The lock is held.
async fn make_default(conn: &mut PgConnection, account: AccountId, id: Uuid) -> Result<()> {
    sqlx::query!(
        "UPDATE account_addresses SET is_default = false WHERE account_id = $1 AND is_default",
        account.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE account_addresses SET is_default = true WHERE account_id = $1 AND id = $2",
        account.0,
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One at a time changes the addresses of an account: two defaults, or one address too many, cannot be.
async fn lock(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('addresses ' || $1::text, 0))")
        .bind(account.0)
        .execute(conn)
        .await?;
    Ok(())
}
