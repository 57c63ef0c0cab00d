//! The API of following providers and of reminders of a start.

use std::collections::HashMap;

use poem_openapi::{Object, OpenApi, param::Path, payload::Json};
use time::OffsetDateTime;

use super::{
    following::{self, Follow},
    phase::Phase,
    published::published_by_ids,
    reminders,
};
use crate::{
    access::{Empty, SignedIn, Tag},
    kernel::{Result, SaleId},
    platform::Platform,
};

pub struct FollowingApi {
    pub platform: Platform,
}

/// A provider whom I follow.
#[derive(Object)]
#[oai(rename = "Follow")]
struct FollowView {
    provider_slug: String,
    provider_name: String,
    followed_at: OffsetDateTime,
}

#[derive(Object)]
struct FollowList {
    /// The latest first, at most 500.
    items: Vec<FollowView>,
}

/// A sale whose start I am reminded of.
#[derive(Object)]
#[oai(rename = "SaleReminder")]
struct SaleReminderView {
    sale_slug: String,
    title: String,
    provider_name: String,
    phase: Phase,
    starts_at: OffsetDateTime,
    asked_at: OffsetDateTime,
}

#[derive(Object)]
struct SaleReminderList {
    /// Those asked for last first, at most 500.
    items: Vec<SaleReminderView>,
}

impl From<Follow> for FollowView {
    fn from(follow: Follow) -> Self {
        Self {
            provider_slug: follow.slug,
            provider_name: follow.name,
            followed_at: follow.followed_at,
        }
    }
}

#[OpenApi(tag = "Tag::Sales")]
impl FollowingApi {
    /// Follow a provider; doing it twice changes nothing
    ///
    /// Whoever follows a provider gets an email when a new sale of it is approved, unless emails of
    /// the kind `launches` are switched off. An account follows at most 500; beyond that the answer is
    /// 409 `urn:smp:follows_too_many`.
    #[oai(path = "/sellers/:slug/follow", method = "put", operation_id = "follow_create")]
    async fn follow_create(
        &self,
        caller: SignedIn,
        slug: Path<String>,
    ) -> Result<Json<FollowView>> {
        let followed = following::follow(&self.platform, &slug.0, caller.account()).await?;
        Ok(Json(followed.into()))
    }

    /// Unfollow a provider; doing it twice changes nothing
    ///
    /// No more emails about new sales of it.
    #[oai(path = "/sellers/:slug/follow", method = "delete", operation_id = "follow_delete")]
    async fn follow_delete(&self, caller: SignedIn, slug: Path<String>) -> Result<Empty> {
        following::unfollow(&self.platform, &slug.0, caller.account()).await?;
        Ok(Empty::Done)
    }

    /// The providers I follow
    ///
    /// The latest first.
    #[oai(path = "/me/follows", method = "get", operation_id = "my_follow_list")]
    async fn my_follow_list(&self, caller: SignedIn) -> Result<Json<FollowList>> {
        let mut tx = self.platform.db.platform("follows").await?;
        let items = following::followed_by(&mut tx, caller.account()).await?;
        Ok(Json(FollowList { items: items.into_iter().map(FollowView::from).collect() }))
    }

    /// Remind me of a sale; doing it twice changes nothing
    ///
    /// An email 15 minutes before the sale starts, for sales without registration. When the start
    /// moves, so does the email.
    ///
    /// Refused with 409: `urn:smp:has_registration` when the sale has a registration,
    /// `urn:smp:already_started`, `urn:smp:starts_too_soon` within 15 minutes of the start,
    /// `urn:smp:halted`, `urn:smp:cancelled`.
    #[oai(path = "/sales/:slug/reminder", method = "put", operation_id = "reminder_create")]
    async fn reminder_create(&self, caller: SignedIn, slug: Path<String>) -> Result<Empty> {
        reminders::remind(&self.platform, &slug.0, caller.account()).await?;
        Ok(Empty::Done)
    }

    /// Remind me no more; doing it twice changes nothing
    ///
    /// Takes the reminder of the sale back.
    #[oai(path = "/sales/:slug/reminder", method = "delete", operation_id = "reminder_delete")]
    async fn reminder_delete(&self, caller: SignedIn, slug: Path<String>) -> Result<Empty> {
        reminders::forget(&self.platform, &slug.0, caller.account()).await?;
        Ok(Empty::Done)
    }

    /// The sales I am reminded of
    ///
    /// With each sale's start and phase; those asked for last come first.
    #[oai(path = "/me/reminders", method = "get", operation_id = "my_reminder_list")]
    async fn my_reminder_list(&self, caller: SignedIn) -> Result<Json<SaleReminderList>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        let found = reminders::reminders_of_account(&mut tx, caller.account()).await?;
        let ids: Vec<SaleId> = found.iter().map(|reminder| reminder.sale).collect();
        let sales: HashMap<_, _> = published_by_ids(&mut tx, &ids)
            .await?
            .into_iter()
            .map(|sale| (sale.id, sale))
            .collect();
        let view = |reminder: &reminders::SaleReminder| {
            let sale = sales.get(&reminder.sale)?;
            Some(SaleReminderView {
                sale_slug: sale.slug.clone(),
                title: sale.content.title.clone(),
                provider_name: sale.provider_name.clone(),
                phase: sale.phase(now, None),
                starts_at: sale.content.starts_at,
                asked_at: reminder.asked_at,
            })
        };
        Ok(Json(SaleReminderList { items: found.iter().filter_map(view).collect() }))
    }
}
