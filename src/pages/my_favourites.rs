//! What a person likes: favourite sales, sales they are reminded of, sellers whom they follow.

use poem::{Response, handler};

use super::{
    account,
    context::{FollowRow, MyFavouritesPage},
    errors::PageError,
    present,
    request::PageRequest,
};
use crate::{
    kernel::{Result, SaleId},
    platform::PublicPath,
    sales::{self, Follow},
};

#[handler]
pub async fn favourites_page(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let mut tx = request.platform().db.platform("favourites").await?;
    let follows = sales::followed_by(&mut tx, account).await?;
    let reminders = sales::reminders_of_account(&mut tx, account).await?;
    drop(tx);
    let ids: Vec<SaleId> = reminders.iter().map(|reminder| reminder.sale).collect();
    let mut reminded = account::open_sales(request, ids).await?;
    // Once a sale has started, there is nothing to be reminded of.
    reminded.retain(|sale| sale.content.starts_at > request.now);
    let page = MyFavouritesPage {
        favourites: account::favourite_rows(request).await?,
        reminders: reminded.into_iter().map(|sale| present::row(sale, request.now)).collect(),
        follows: follows.into_iter().map(follow_row).collect(),
    };
    request.show(request.page("pages/my-favourites"), &page).await
}

fn follow_row(follow: Follow) -> FollowRow {
    FollowRow {
        url: PublicPath::Seller { provider_slug: &follow.slug }.to_string(),
        name: follow.name,
        followed_at: follow.followed_at.into(),
    }
}
