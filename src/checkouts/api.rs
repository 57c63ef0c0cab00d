//! The API of checkouts.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};

use super::{
    fields::TypedFields,
    open::{abandon, open, update},
    place::place,
    store,
    view::{self, CheckoutView},
};
use crate::{
    access::{Empty, SignedIn, Tag},
    kernel::{CheckoutId, HoldId, Input, Result, SeenVersion},
    orders::OrderView,
    platform::Platform,
};

pub struct CheckoutsApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct CheckoutInput {
    /// The holds to order together, at least one and at most 100.
    hold_ids: Vec<HoldId>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct CheckoutFieldsInput {
    /// What was typed, by field; each text has at most 254 characters. Fields that are left out stay
    /// as they are.
    fields: TypedFields,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct CheckoutPlaceInput {
    /// The total that the shopper agreed to, in minor units. When it is not the order's, nothing is
    /// ordered.
    expected_total_minor: i64,
}

#[derive(Object)]
struct CheckoutList {
    items: Vec<CheckoutView>,
}

#[derive(ApiResponse)]
enum CheckoutOpened {
    /// Open.
    #[oai(status = 201)]
    Opened(Json<CheckoutView>),
}

#[derive(ApiResponse)]
enum CheckoutPlaced {
    /// Placed; not paid yet.
    #[oai(status = 201)]
    Placed(Json<OrderView>),
}

#[OpenApi(tag = "Tag::Orders")]
impl CheckoutsApi {
    /// Open a checkout of some of my holds
    ///
    /// Keeps the holds that are to be ordered together, and from then on what is typed, for every
    /// browser of the account. The same holds return the same checkout. A new one begins with what was
    /// typed in the last one, unless that was placed. It takes the place of an open one that shares a
    /// hold with it. At most 10 are open; the oldest is abandoned beyond that.
    ///
    /// A hold that ended, is named twice or is not the caller's is a 422. Holds that are priced in two
    /// currencies are a 409 `urn:smp:mixed_currencies`: open a checkout for each.
    #[oai(path = "/me/checkouts", method = "post", operation_id = "checkout_create")]
    async fn checkout_create(
        &self,
        caller: SignedIn,
        body: Input<CheckoutInput>,
    ) -> Result<CheckoutOpened> {
        let opened = open(&self.platform, caller.account(), &body.hold_ids).await?;
        Ok(CheckoutOpened::Opened(Json(opened)))
    }

    /// My open checkouts
    ///
    /// The caller's open checkouts, the one that was changed last first. At most 10.
    #[oai(path = "/me/checkouts", method = "get", operation_id = "checkout_list")]
    async fn checkout_list(&self, caller: SignedIn) -> Result<Json<CheckoutList>> {
        let items = view::open_ones(&self.platform, caller.account()).await?;
        Ok(Json(CheckoutList { items }))
    }

    /// One of my checkouts
    ///
    /// One of the caller's checkouts in any state, priced as it would be ordered now. Each item has its
    /// own clock; `expires_at` is the earliest. Another account's checkout is a 404. One that was not
    /// changed for 30 days is deleted.
    #[oai(path = "/me/checkouts/:checkout", method = "get", operation_id = "checkout_get")]
    async fn checkout_get(
        &self,
        caller: SignedIn,
        checkout: Path<CheckoutId>,
    ) -> Result<Json<CheckoutView>> {
        let account = caller.account();
        let mut tx = self.platform.db.shopper(Some(account)).await?;
        let row = store::of_account(&mut tx, account, checkout.0).await?;
        drop(tx);
        Ok(Json(view::one(&self.platform, account, row).await?))
    }

    /// Keep what was typed in a checkout
    ///
    /// Changes the fields that are sent and no others, so that two tabs do not erase each other's. Nothing
    /// is refused for being incomplete or wrong; that is checked when the order is placed. A field
    /// that a checkout does not have, and a text of more than 254 characters, are a 422. An abandoned checkout
    /// keeps what is typed as well: the next one begins with it.
    ///
    /// With `If-Match`, nothing is changed unless that is the newest `version`. Refused with 409:
    /// `urn:smp:checkout_placed`.
    #[oai(path = "/me/checkouts/:checkout", method = "patch", operation_id = "checkout_update")]
    async fn checkout_update(
        &self,
        caller: SignedIn,
        checkout: Path<CheckoutId>,
        #[oai(name = "If-Match")] seen: Header<Option<SeenVersion>>,
        body: Input<CheckoutFieldsInput>,
    ) -> Result<Json<CheckoutView>> {
        let account = caller.account();
        let changed = update(&self.platform, account, checkout.0, &body.fields, seen.0).await?;
        Ok(Json(changed))
    }

    /// Order what is in a checkout
    ///
    /// Makes an order of what is held of the checkout still, with what was typed. Without an `email`,
    /// the account's own is taken; without `shipping.phone`, the carrier gets `phone`. A repeat
    /// returns the same order.
    ///
    /// What is missing or wrong is a 422 on `fields`. Refused with 409: `urn:smp:price_changed` when
    /// the total is not `expected_total_minor`, `urn:smp:hold_expired` when nothing of it is held any
    /// more, `urn:smp:checkout_abandoned`.
    #[oai(path = "/me/checkouts/:checkout/place", method = "post", operation_id = "checkout_place")]
    async fn checkout_place(
        &self,
        caller: SignedIn,
        checkout: Path<CheckoutId>,
        body: Input<CheckoutPlaceInput>,
    ) -> Result<CheckoutPlaced> {
        let account = caller.account();
        let order = place(&self.platform, account, checkout.0, body.expected_total_minor).await?;
        Ok(CheckoutPlaced::Placed(Json(order)))
    }

    /// End one of my checkouts
    ///
    /// Abandons a checkout. Its holds stay until they expire or are released. One that became an order
    /// is a 409 `urn:smp:checkout_placed`: cancel the order instead.
    #[oai(path = "/me/checkouts/:checkout", method = "delete", operation_id = "checkout_abandon")]
    async fn checkout_abandon(
        &self,
        caller: SignedIn,
        checkout: Path<CheckoutId>,
    ) -> Result<Empty> {
        abandon(&self.platform, caller.account(), checkout.0).await?;
        Ok(Empty::Done)
    }
}
