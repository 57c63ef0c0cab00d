//! The API of registrations: for shoppers, and for the provider of the sale.

use std::collections::HashMap;

use poem_openapi::{
    ApiResponse, Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use time::OffsetDateTime;

use super::{
    phase::{Phase, RegistrationStage},
    published::published_by_ids,
    registration::{self, Registration, RegistrationStatus},
    store,
};
use crate::{
    access::{Empty, Member, SignedIn, Tag, accounts},
    kernel::{AccountId, Page, PageQuery, Result, SaleId, TenantId},
    platform::Platform,
};

pub struct RegistrationApi {
    pub platform: Platform,
}

#[derive(Enum)]
#[oai(rename_all = "snake_case")]
enum RegistrationState {
    NotRegistered,
    Registered,
}

/// Whether a shopper is registered for a sale, and when registration is open.
#[derive(Object)]
#[oai(rename = "Registration")]
struct RegistrationView {
    sale_slug: String,
    state: RegistrationState,
    /// Null unless registered.
    registered_at: Option<OffsetDateTime>,
    /// Whether registration is open now; null when the sale has no registration.
    stage: Option<RegistrationStage>,
    opens_at: Option<OffsetDateTime>,
    closes_at: Option<OffsetDateTime>,
    /// Only registered shoppers can buy.
    registered_only: bool,
    starts_at: OffsetDateTime,
    /// The server's time, to count down by.
    server_time: OffsetDateTime,
}

#[derive(ApiResponse)]
enum RegistrationMade {
    /// Registered before; nothing changed.
    #[oai(status = 200)]
    Known(Json<RegistrationView>),
    /// Registered.
    #[oai(status = 201)]
    Created(Json<RegistrationView>),
}

/// A sale I am registered for.
#[derive(Object)]
#[oai(rename = "MyRegistration")]
struct MyRegistrationView {
    sale_slug: String,
    title: String,
    provider_name: String,
    phase: Phase,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    registered_at: OffsetDateTime,
}

/// The shoppers registered for a sale.
#[derive(Object)]
struct RegistrationList {
    /// How many are registered now.
    count: i64,
    /// Newest first.
    items: Vec<RegistrantView>,
    /// Pass it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

#[derive(Object)]
#[oai(rename = "RegistrationRow")]
struct RegistrantView {
    /// First name and initial: a provider learns the full name with an order.
    name: String,
    registered_at: OffsetDateTime,
}

#[OpenApi(tag = "Tag::Sales")]
impl RegistrationApi {
    /// Register for a sale; doing it twice changes nothing
    ///
    /// Registers the caller while registration is open. Who is registered gets an email a day
    /// before the start and at the start, and may buy in a sale with `registered_only`. 201 for a
    /// new registration, 200 for one that was there.
    ///
    /// Refused with 409: `urn:smp:no_registration` when the sale has none,
    /// `urn:smp:registration_not_open`, `urn:smp:registration_closed`, `urn:smp:halted`,
    /// `urn:smp:cancelled`.
    #[oai(path = "/sales/:slug/registration", method = "put", operation_id = "registration_create")]
    async fn registration_create(
        &self,
        caller: SignedIn,
        slug: Path<String>,
    ) -> Result<RegistrationMade> {
        let (made, is_new) =
            registration::register(&self.platform, &slug.0, caller.account()).await?;
        let view = Json(self.view(&made));
        Ok(if is_new { RegistrationMade::Created(view) } else { RegistrationMade::Known(view) })
    }

    /// Whether I am registered for a sale
    ///
    /// The caller's registration for the sale, and when registration opens and closes. A sale
    /// without registration answers with `stage` null.
    #[oai(path = "/sales/:slug/registration", method = "get", operation_id = "registration_get")]
    async fn registration_get(
        &self,
        caller: SignedIn,
        slug: Path<String>,
    ) -> Result<Json<RegistrationView>> {
        let account = caller.account();
        let status = registration::registration_status(&self.platform, &slug.0, account).await?;
        Ok(Json(self.view(&status)))
    }

    /// Withdraw my registration; doing it twice changes nothing
    ///
    /// Takes the registration back: no more emails about the sale, and no buying where only
    /// registered shoppers can.
    #[oai(
        path = "/sales/:slug/registration",
        method = "delete",
        operation_id = "registration_withdraw"
    )]
    async fn registration_withdraw(&self, caller: SignedIn, slug: Path<String>) -> Result<Empty> {
        registration::withdraw_registration(&self.platform, &slug.0, caller.account()).await?;
        Ok(Empty::Done)
    }

    /// The sales I am registered for, the newest registration first
    ///
    /// The caller's registrations, with each sale's dates and phase.
    #[oai(path = "/me/registrations", method = "get", operation_id = "my_registration_list")]
    async fn my_registration_list(
        &self,
        caller: SignedIn,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<MyRegistrationView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        let found =
            registration::registrations_of_account(&mut tx, caller.account(), &page).await?;
        let (found, next_cursor) = page.cut(found, |found| (found.registered_at, found.sale.0));
        let ids: Vec<SaleId> = found.iter().map(|registration| registration.sale).collect();
        let sales: HashMap<_, _> = published_by_ids(&mut tx, &ids)
            .await?
            .into_iter()
            .map(|sale| (sale.id, sale))
            .collect();
        let view = |registration: &Registration| {
            let sale = sales.get(&registration.sale)?;
            Some(MyRegistrationView {
                sale_slug: sale.slug.clone(),
                title: sale.content.title.clone(),
                provider_name: sale.provider_name.clone(),
                phase: sale.phase(now, None),
                starts_at: sale.content.starts_at,
                ends_at: sale.content.ends_at,
                registered_at: registration.registered_at,
            })
        };
        Ok(Json(Page { items: found.iter().filter_map(view).collect(), next_cursor }))
    }

    /// The shoppers registered for a sale, newest first, and their number
    ///
    /// How many shoppers are registered, and who: by first name and initial, since a provider
    /// learns the full name with an order.
    #[oai(
        path = "/providers/:tenant/sales/:sale/registrations",
        method = "get",
        operation_id = "registration_list"
    )]
    async fn registration_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<RegistrationList>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sale = store::get(&mut tx, member.tenant, sale.0, self.platform.clock.now()).await?;
        let count = registration::registration_count(&mut tx, member.tenant, sale.id).await?;
        let found =
            registration::registrations_of_sale(&mut tx, member.tenant, sale.id, &page).await?;
        let (found, next_cursor) = page.cut(found, |found| (found.registered_at, found.account.0));
        let people: Vec<AccountId> = found.iter().map(|found| found.account).collect();
        let names = accounts::names(&mut tx, &people).await?;
        let row = |found: &Registration| RegistrantView {
            name: names.get(&found.account).map(|name| shortened(name)).unwrap_or_default(),
            registered_at: found.registered_at,
        };
        Ok(Json(RegistrationList { count, items: found.iter().map(row).collect(), next_cursor }))
    }
}

impl RegistrationApi {
    fn view(&self, status: &RegistrationStatus) -> RegistrationView {
        let now = self.platform.clock.now();
        let content = &status.sale.content;
        let window = content.registration();
        RegistrationView {
            sale_slug: status.sale.slug.clone(),
            state: if status.registered_at.is_some() {
                RegistrationState::Registered
            } else {
                RegistrationState::NotRegistered
            },
            registered_at: status.registered_at,
            stage: window.map(|window| window.stage(now)),
            opens_at: window.map(|window| window.opens_at),
            closes_at: window.map(|window| window.closes_at),
            registered_only: content.registered_only,
            starts_at: content.starts_at,
            server_time: now,
        }
    }
}

/// A name as a provider sees it before there is an order: the first, and the initial of the last.
fn shortened(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default().to_owned();
    match words.next_back().and_then(|last| last.chars().next()) {
        Some(initial) => format!("{first} {initial}."),
        None => first,
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_provider_sees_a_first_name_and_an_initial() {
        assert_eq!(
            (
                shortened("Noor El Amrani").as_str(),
                shortened("Ada").as_str(),
                shortened(" ").as_str()
            ),
            ("Noor A.", "Ada", "")
        );
    }
}
