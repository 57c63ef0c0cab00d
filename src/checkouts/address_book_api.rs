//! The API of a shopper's addresses.

use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};
use uuid::Uuid;

use super::address_book::{self, NewSavedAddress, SavedAddress};
use crate::{
    access::{Empty, SignedIn, Tag},
    kernel::{Input, Result},
    orders::Address,
    platform::Platform,
};

pub struct AddressBookApi {
    pub platform: Platform,
}

/// An address that I keep.
#[derive(Object)]
#[oai(rename = "SavedAddress")]
struct SavedAddressView {
    id: Uuid,
    address: Address,
    /// Whether checkout begins with it.
    is_default: bool,
}

#[derive(Object)]
struct SavedAddressList {
    /// The default first, then the newest; at most 20.
    items: Vec<SavedAddressView>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct SavedAddressInput {
    address: Address,
    /// Makes it the default. The first address is the default in any case.
    #[oai(default)]
    is_default: bool,
}

#[derive(ApiResponse)]
enum SavedAddressMade {
    /// Kept.
    #[oai(status = 201)]
    Created(Json<SavedAddressView>),
}

impl From<SavedAddress> for SavedAddressView {
    fn from(saved: SavedAddress) -> Self {
        Self { id: saved.id, address: saved.address.0, is_default: saved.is_default }
    }
}

#[OpenApi(tag = "Tag::Orders")]
impl AddressBookApi {
    /// The addresses I keep
    ///
    /// The default first: checkout begins with it.
    #[oai(path = "/me/addresses", method = "get", operation_id = "my_address_list")]
    async fn my_address_list(&self, caller: SignedIn) -> Result<Json<SavedAddressList>> {
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        let items = address_book::saved_addresses(&mut tx, caller.account()).await?;
        Ok(Json(SavedAddressList { items: items.into_iter().map(Into::into).collect() }))
    }

    /// Keep an address
    ///
    /// Checked as its country has addresses, like the address of an order; wrong fields are a 422 on
    /// `address.…`. An address that is kept already is not kept twice. An account keeps at most 20;
    /// beyond that the answer is 409 `urn:smp:addresses_too_many`.
    #[oai(path = "/me/addresses", method = "post", operation_id = "my_address_create")]
    async fn my_address_create(
        &self,
        caller: SignedIn,
        body: Input<SavedAddressInput>,
    ) -> Result<SavedAddressMade> {
        let new = self.parse(body.0)?;
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        let now = self.platform.clock.now();
        let saved = address_book::keep_address(&mut tx, caller.account(), new, now).await?;
        tx.commit().await?;
        Ok(SavedAddressMade::Created(Json(saved.into())))
    }

    /// Change an address
    ///
    /// Replaces it. The default stays the default until another becomes it.
    #[oai(path = "/me/addresses/:address", method = "put", operation_id = "my_address_update")]
    async fn my_address_update(
        &self,
        caller: SignedIn,
        address: Path<Uuid>,
        body: Input<SavedAddressInput>,
    ) -> Result<Json<SavedAddressView>> {
        let new = self.parse(body.0)?;
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        let saved = address_book::change_address(&mut tx, caller.account(), address.0, new).await?;
        tx.commit().await?;
        Ok(Json(saved.into()))
    }

    /// Remove an address
    ///
    /// Orders that were sent there keep it. If it was the default, the newest of the others becomes it.
    #[oai(path = "/me/addresses/:address", method = "delete", operation_id = "my_address_delete")]
    async fn my_address_delete(&self, caller: SignedIn, address: Path<Uuid>) -> Result<Empty> {
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        address_book::remove_address(&mut tx, caller.account(), address.0).await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }
}

impl AddressBookApi {
    fn parse(&self, input: SavedAddressInput) -> Result<NewSavedAddress> {
        NewSavedAddress::parse(&self.platform.addresses, input.address, input.is_default)
    }
}
