//! Hosted pages: what shoppers see, rendered by the server from a theme's templates. Every page
//! works without scripts.
//!
//! This slice owns no table and changes data only through the functions of other slices. To show a
//! page with one query it reads tables of others: `favourites`, `holds`, `sales` and
//! `registrations` and `sale_reminders` (sale page, cart, home page), `orders` and `order_lines` (cart, the last
//! address), `feedback` (order page), `revisions`, `providers` and `accounts` (preview),
//! `access_points` (their links), `messages` (the development outbox).

mod account;
mod address_form;
mod billing_form;
mod buy;
mod calendar;
mod cancel_order;
mod cart;
mod checkout;
mod checkout_fields;
mod compression;
mod context;
mod error_page;
mod errors;
mod files;
mod flash;
mod following;
mod form;
mod help;
mod home;
mod home_listing;
mod invoice;
mod kept_form;
mod language;
mod legal;
mod live;
mod live_feeds;
mod my_addresses;
mod my_data;
mod my_favourites;
mod my_messages;
mod my_profile;
mod opening;
mod order;
mod order_presenter;
mod outbox;
mod page_cache;
mod payment;
mod payment_step;
mod phone;
mod present;
mod press;
mod preview;
mod readdress;
mod reader_locale;
mod recovery;
mod register;
mod request;
mod response;
mod sale;
mod sale_snapshot;
mod sandbox_bank;
mod second_factor;
mod security;
mod shared_page;
mod shopper_cache;
mod sign_in_choices;
mod sign_in_code;
mod sign_in_failed;
mod sign_in_methods;
mod signing;
mod social;
mod state;
mod text_me;
mod unsubscribe;
mod verify;
mod waitlist;
mod wording;

#[cfg(test)]
mod examples;

use poem::{Endpoint, EndpointExt, Request, Response, Route, get, post};

pub use state::Pages;

use crate::access::limits::{
    limit_buy, limit_notices, limit_pay, limit_sign_in, limit_sign_in_form, limit_sign_up_form,
    limit_tracking, limit_writing_form,
};

impl Pages {
    /// Every hosted page.
    pub fn routes(&self) -> Route {
        let pages = Route::new()
            .at("/", get(home::home_page))
            .at("/a/:code", get(sale::access_point_link))
            .at("/l/:code", get(sale::landing_page))
            .at("/sales/:slug", get(sale::sale_page))
            .at("/sales/:slug/buy", post(limit_buy(buy::buy_units)).get(buy::back_to_sale))
            .at("/sales/:slug/register", post(register::register_shopper).get(buy::back_to_sale))
            .at("/sales/:slug/withdraw", post(register::withdraw_shopper).get(buy::back_to_sale))
            .at("/sales/:slug/remind", post(following::remind_shopper).get(buy::back_to_sale))
            .at(
                "/sellers/:slug/follow",
                post(following::follow_seller).get(following::back_to_seller),
            )
            .at("/sales/:slug/text-me", post(phone::text_me_at_start).get(buy::back_to_sale))
            .at("/sales/:slug/start.ics", get(calendar::start_file))
            .at(
                "/sales/:slug/favourite",
                post(limit_tracking(buy::set_favourite)).get(buy::back_to_sale),
            )
            .at("/sales/:slug/share", post(limit_tracking(buy::share_sale)).get(buy::back_to_sale))
            .at("/preview/:tenant/:revision", get(preview::preview_page))
            .at("/sign-in", get(signing::sign_in_page).post(limit_sign_in_form(signing::sign_in)))
            .at("/sign-up", get(signing::sign_up_page).post(limit_sign_up_form(signing::sign_up)))
            .at("/sign-out", post(signing::sign_out))
            .at("/cart", get(cart::cart_page))
            .at("/cart/holds/:hold/release", post(cart::release_hold).get(cart::back_to_cart))
            .at(
                "/waitlist/:entry/leave",
                post(waitlist::leave_waitlist).get(account::back_to_account),
            )
            .at(
                "/waitlist/:entry/text-me",
                post(waitlist::text_me_at_offer).get(account::back_to_account),
            )
            .at(
                "/waitlist/:entry/accept-fewer",
                post(waitlist::set_accept_fewer).get(account::back_to_account),
            )
            .at("/checkout", get(checkout::checkout_page).post(checkout::place_order))
            .at(
                "/checkout/:number/payment",
                get(payment::payment_page).post(limit_pay(payment::pay_order)),
            )
            .at(
                "/checkout/:number/cancel",
                post(payment::cancel_order).get(payment::back_to_payment),
            )
            .at("/checkout/:number/payments/:payment", get(payment_step::step_page))
            .at(
                "/checkout/:number/payments/:payment/code",
                post(limit_pay(payment_step::submit_code)).get(payment_step::back_to_step),
            )
            .at(
                "/checkout/:number/payments/:payment/resend",
                post(limit_pay(payment_step::resend_code)).get(payment_step::back_to_step),
            )
            .at(
                "/payments/return/:gateway/:payment",
                get(limit_notices(payment_step::return_from_gateway))
                    .post(limit_notices(payment_step::return_by_form)),
            )
            .at(
                "/sandbox/bank/:payment",
                get(sandbox_bank::bank_page).post(limit_notices(sandbox_bank::answer_bank)),
            )
            .at(
                "/checkout/:number/address",
                get(readdress::address_page).post(readdress::change_address),
            )
            .at("/orders/:number", get(order::order_page))
            .at(
                "/orders/:number/cancel",
                get(cancel_order::confirm_page).post(cancel_order::cancel_paid_order),
            )
            .at("/orders/:number/tracking", get(order::tracking_page))
            .at("/orders/:number/invoices/:invoice", get(invoice::invoice_page))
            .at(
                "/orders/:number/parcels/:parcel/refund",
                post(order::refund_parcel).get(order::back_to_order),
            )
            .at(
                "/orders/:number/help",
                get(help::order_help_page).post(limit_writing_form(help::ask_about_order)),
            )
            .at("/sales/:slug/live", get(live::live_stream))
            .at(
                "/sales/:slug/feedback",
                get(help::feedback_page).post(limit_writing_form(help::give_feedback)),
            )
            .at("/privacy", get(legal::privacy_page))
            .at("/terms", get(legal::terms_page))
            .at("/imprint", get(legal::imprint_page))
            .at("/sellers/:slug", get(legal::seller_page))
            .at("/sitemap.xml", get(legal::sitemap))
            .at("/robots.txt", get(files::robots));
        let pages = Self::add_factor_routes(sign_in_methods::add_routes(pages));
        Self::add_file_routes(Self::add_account_routes(Self::add_own_routes(pages)))
    }

    /// Adds what people look after for themselves: profile, addresses, choices, data, phone, language,
    /// and what they ask.
    fn add_own_routes(routes: Route) -> Route {
        routes
            .at("/help", get(help::help_page).post(limit_writing_form(help::ask_for_help)))
            .at(
                "/conversations/:conversation",
                get(help::conversation_page).post(limit_writing_form(help::reply_to_conversation)),
            )
            .at(
                "/unsubscribe/:token",
                get(unsubscribe::ask).post(limit_notices(unsubscribe::switch_off)),
            )
            .at("/account", get(account::account_page))
            .at("/account/profile", get(my_profile::profile_page).post(my_profile::change_profile))
            .at("/account/addresses", get(my_addresses::addresses_page))
            .at(
                "/account/addresses/new",
                get(my_addresses::new_address_page).post(my_addresses::add_address),
            )
            .at(
                "/account/addresses/:address",
                get(my_addresses::address_page).post(my_addresses::change_address),
            )
            .at(
                "/account/addresses/:address/default",
                post(my_addresses::make_default).get(my_addresses::back_to_addresses),
            )
            .at(
                "/account/addresses/:address/remove",
                post(my_addresses::remove_address).get(my_addresses::back_to_addresses),
            )
            .at(
                "/account/messages",
                get(my_messages::messages_page).post(my_messages::choose_messages),
            )
            .at("/account/favourites", get(my_favourites::favourites_page))
            .at("/account/privacy", get(my_data::data_page))
            .at("/account/privacy/export", post(my_data::ask_for_export).get(my_data::back_to_data))
            .at("/account/privacy/exports/:export", get(my_data::download_export))
            .at("/account/privacy/erase", post(my_data::begin_erasure).get(my_data::back_to_data))
            .at(
                "/account/privacy/erasure/:token",
                get(my_data::erasure_page).post(limit_sign_in(my_data::confirm_erasure)),
            )
            .at("/account/phone", get(phone::phone_page).post(limit_writing_form(phone::send_code)))
            .at(
                "/account/phone/code",
                post(limit_writing_form(phone::confirm_code)).get(phone::back_to_phone),
            )
            .at("/account/phone/remove", post(phone::remove_phone).get(phone::back_to_phone))
            .at(
                "/language",
                post(limit_tracking(language::choose_language)).get(language::back_home),
            )
    }

    /// Adds the pages by which people keep their account.
    fn add_account_routes(routes: Route) -> Route {
        routes
            .at("/verify", get(verify::verify_page).post(limit_sign_in_form(verify::submit_code)))
            .at(
                "/verify/send",
                post(limit_writing_form(verify::send_again)).get(verify::verify_page),
            )
            .at("/verify/:token", get(verify::link_page).post(limit_sign_in(verify::use_link)))
            .at(
                "/checkout/:number/verify",
                post(limit_sign_in_form(verify::submit_code_in_checkout))
                    .get(payment::back_to_payment),
            )
            .at(
                "/checkout/:number/verify/send",
                post(limit_writing_form(verify::send_again_in_checkout))
                    .get(payment::back_to_payment),
            )
            .at("/forgot", get(recovery::forgot_page).post(limit_sign_in_form(recovery::send_link)))
            .at(
                "/reset/:token",
                get(recovery::reset_page).post(limit_sign_in_form(recovery::set_password)),
            )
            .at("/account/security", get(security::security_page))
            .at(
                "/account/security/password",
                post(limit_sign_in_form(security::change_password)).get(security::back_to_security),
            )
            .at(
                "/account/security/address",
                post(limit_sign_in_form(security::change_address)).get(security::back_to_security),
            )
            .at(
                "/account/security/sessions/end-others",
                post(security::end_other_sessions).get(security::back_to_security),
            )
            .at(
                "/account/security/sessions/:session/end",
                post(security::end_session).get(security::back_to_security),
            )
            .at(
                "/account/address/:token",
                get(security::confirm_address_page).post(limit_sign_in(security::confirm_address)),
            )
            .at(
                "/account/address/undo/:token",
                get(security::undo_address_page).post(limit_sign_in(security::undo_address)),
            )
    }

    /// Adds the second step of signing in, and what an account's owner does about its second factor.
    fn add_factor_routes(routes: Route) -> Route {
        routes
            .at(
                "/sign-in/code",
                get(sign_in_code::code_page).post(limit_sign_in_form(sign_in_code::submit_code)),
            )
            .at(
                "/account/security/second-factor",
                get(second_factor::set_up_page).post(second_factor::begin_set_up),
            )
            .at(
                "/account/security/second-factor/confirm",
                get(second_factor::set_up_page)
                    .post(limit_sign_in_form(second_factor::confirm_set_up)),
            )
            .at(
                "/account/security/second-factor/:step",
                get(second_factor::step_page).post(limit_sign_in_form(second_factor::take_step)),
            )
    }

    /// Adds the files that every page refers to.
    pub fn add_file_routes(routes: Route) -> Route {
        routes
            .at("/theme/:hash/*path", get(files::theme_file))
            .at("/favicon.svg", get(files::favicon))
            .at("/favicon.ico", get(files::favicon))
    }

    /// Adds the pages for developers and operators, which are never public in production.
    pub fn add_dev_routes(routes: Route) -> Route {
        routes
            .at("/dev/outbox", get(outbox::outbox_page))
            .at("/dev/outbox/:message", get(outbox::message_page))
            .at("/dev/outbox/:message/html", get(outbox::message_html))
    }

    /// The product page, past routing and middleware, for a request that changes nothing; None for
    /// any other request.
    pub async fn plain_sale_page(&self, request: &Request, slug: &str) -> Option<Response> {
        let page = sale::plain_page(request, self, slug).await?;
        Some(compression::compress(page, request.header("Accept-Encoding").unwrap_or_default()))
    }

    /// Wraps the routes, and the limits around them, so that their errors become pages.
    pub fn wrap<E: Endpoint<Output = Response> + 'static>(
        &self,
        endpoint: E,
    ) -> impl Endpoint<Output = Response> + use<E> {
        let pages = self.clone();
        endpoint.around(move |endpoint, request| {
            error_page::show_errors_as_pages(endpoint, request, pages.clone())
        })
    }
}
