//! Hosted pages: what shoppers see, rendered by the server from a theme's templates. Every page
//! works without scripts. May read other slices' tables; changes go through their functions.

mod account;
mod board;
mod bodies;
mod buy;
mod cart;
mod checkout;
mod context;
mod failure;
mod files;
mod flash;
mod form;
mod help;
mod home;
mod live;
mod order;
mod outbox;
mod packed;
mod present;
mod preview;
mod register;
mod sale;
mod shoppers;
mod signing;
mod view;
mod waitlist;
mod words;

#[cfg(test)]
mod examples;

use std::{ops::Deref, sync::Arc};

use poem::{Endpoint, EndpointExt, Request, Response, Route, get, post};

use crate::{
    access::Access,
    platform::Platform,
    providers::themes::Themes,
    statistics::VisitRecorder,
    stock::{Allocator, WaitlistPositions},
};
use board::Boards;
use bodies::Bodies;
use home::HomeListing;
use live::Live;
use shoppers::Shoppers;

/// What the pages of this node share.
#[derive(Clone)]
pub struct Pages(Arc<Parts>);

pub struct Parts {
    platform: Platform,
    access: Access,
    themes: Themes,
    allocator: Allocator,
    waitlist_positions: WaitlistPositions,
    boards: Boards,
    bodies: Bodies,
    home_listing: HomeListing,
    shoppers: Shoppers,
    live: Live,
    visits: VisitRecorder,
}

impl Deref for Pages {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Pages {
    /// Reads the default theme; a template that cannot be parsed is an error that names its file.
    pub fn new(
        platform: &Platform,
        access: &Access,
        allocator: &Allocator,
        waitlist_positions: &WaitlistPositions,
    ) -> anyhow::Result<Self> {
        let themes = Themes::load(&platform.config.tenants_dir)?;
        let boards = Boards::new(platform, &themes);
        Ok(Self(Arc::new(Parts {
            platform: platform.clone(),
            access: access.clone(),
            allocator: allocator.clone(),
            waitlist_positions: waitlist_positions.clone(),
            live: Live::new(platform, &boards),
            home_listing: HomeListing::new(platform, &themes),
            bodies: Bodies::new(),
            shoppers: Shoppers::new(platform),
            visits: VisitRecorder::new(platform),
            themes,
            boards,
        })))
    }

    /// Every hosted page.
    pub fn routes(&self) -> Route {
        Route::new()
            .at("/", get(home::home_page))
            .at("/a/:code", get(sale::access_point_link))
            .at("/l/:code", get(sale::landing_page))
            .at("/sales/:slug", get(sale::sale_page))
            .at("/sales/:slug/buy", post(buy::buy_units).get(buy::back_to_sale))
            .at("/sales/:slug/register", post(register::register_shopper).get(buy::back_to_sale))
            .at("/sales/:slug/withdraw", post(register::withdraw_shopper).get(buy::back_to_sale))
            .at("/sales/:slug/favourite", post(buy::set_favourite).get(buy::back_to_sale))
            .at("/sales/:slug/share", post(buy::share_sale).get(buy::back_to_sale))
            .at("/preview/:tenant/:revision", get(preview::preview_page))
            .at("/sign-in", get(signing::sign_in_page).post(signing::sign_in))
            .at("/sign-up", get(signing::sign_up_page).post(signing::sign_up))
            .at("/sign-out", post(signing::sign_out))
            .at("/cart", get(cart::cart_page))
            .at("/cart/holds/:hold/release", post(cart::release_hold))
            .at("/waitlist/:entry/leave", post(waitlist::leave_waitlist))
            .at("/waitlist/:entry/accept-fewer", post(waitlist::set_accept_fewer))
            .at("/checkout", get(checkout::checkout_page).post(checkout::place_order))
            .at("/checkout/:number/payment", get(checkout::payment_page).post(checkout::pay_order))
            .at(
                "/checkout/:number/authenticate/:payment",
                get(checkout::authenticate_page).post(checkout::authenticate_payment),
            )
            .at("/orders/:number", get(order::order_page))
            .at("/orders/:number/tracking", get(order::tracking_page))
            .at(
                "/orders/:number/parcels/:parcel/refund",
                post(order::refund_parcel).get(order::back_to_order),
            )
            .at("/orders/:number/help", get(help::order_help_page).post(help::ask_about_order))
            .at("/help", get(help::help_page).post(help::ask_for_help))
            .at(
                "/conversations/:conversation",
                get(help::conversation_page).post(help::reply_to_conversation),
            )
            .at("/sales/:slug/live", get(live::live_stream))
            .at("/sales/:slug/feedback", get(help::feedback_page).post(help::give_feedback))
            .at("/account", get(account::account_page))
            .at("/dev/outbox", get(outbox::outbox_page))
            .at("/dev/outbox/:message", get(outbox::message_page))
            .at("/dev/outbox/:message/html", get(outbox::message_html))
            .at("/theme/:hash/*path", get(files::theme_file))
            .at("/favicon.svg", get(files::favicon))
            .at("/favicon.ico", get(files::favicon))
            .at("/robots.txt", get(files::robots))
    }

    /// The product page without a way through the routes, for a look that changes nothing; None for
    /// any other.
    pub async fn plain_sale_page(&self, request: &Request, slug: &str) -> Option<Response> {
        let page = sale::plain(request, self, slug).await?;
        Some(packed::pack(page, request.header("Accept-Encoding").unwrap_or_default()))
    }

    /// Stands around the routes, and what else may refuse a request to them: problems become pages.
    pub fn stand_around<E: Endpoint<Output = Response> + 'static>(
        &self,
        endpoint: E,
    ) -> impl Endpoint<Output = Response> + use<E> {
        let pages = self.clone();
        endpoint.around(move |endpoint, request| {
            failure::pages_for_problems(endpoint, request, pages.clone())
        })
    }
}
