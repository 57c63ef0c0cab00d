//! Complete examples of what every template is given. Each renders, and each has exactly the fields
//! of its type.

use std::{collections::BTreeMap, path::Path};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::context as c;
use crate::providers::{Theme, Themes};

const COMMON: [&str; 12] = [
    "lang",
    "locale",
    "base_url",
    "server_time",
    "dev",
    "theme",
    "brand",
    "page",
    "viewer",
    "cart",
    "flash",
    "form",
];

fn examples() -> BTreeMap<String, Map<String, Value>> {
    serde_json::from_str(include_str!("../../tenants/_default/examples.json")).unwrap()
}

fn default_theme() -> Themes {
    Themes::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants")).unwrap()
}

/// Reads an example as `T` and checks that it is written back the same: no field is unknown and
/// none is missing.
fn same<T: DeserializeOwned + Serialize>(name: &str, fields: &Map<String, Value>) {
    let value = Value::Object(fields.clone());
    let typed: T =
        serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(without_nulls(serde_json::to_value(typed).unwrap()), without_nulls(value), "{name}");
}

/// A template does not tell an absent field from null.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k, without_nulls(v)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        plain => plain,
    }
}

#[test]
fn the_examples_have_exactly_the_fields_of_their_types() {
    for (name, fields) in examples() {
        let page = name.split('.').next().unwrap();
        if page.starts_with("emails/") || page.starts_with("sms/") {
            continue;
        }
        let (common, own): (Map<_, _>, Map<_, _>) =
            fields.into_iter().partition(|(field, _)| COMMON.contains(&field.as_str()));
        same::<c::Common>(&name, &common);
        let check = match page {
            "privacy" | "terms" | "imprint" => {
                assert!(own.is_empty(), "{name}: {own:?}");
                continue;
            }
            "home" => same::<c::HomePage>,
            "landing" => same::<c::LandingPage>,
            "sale" => same::<c::SalePage>,
            "seller" => same::<c::SellerPage>,
            "sign-in" | "sign-up" => same::<c::SignPage>,
            "sign-in-failed" => same::<c::SignInFailedPage>,
            "connect" => same::<c::ConnectPage>,
            "sign-in-code" => same::<c::SignCodePage>,
            "second-factor" => same::<c::FactorSetUpPage>,
            "second-factor-change" => same::<c::FactorChangePage>,
            "recovery-codes" => same::<c::RecoveryCodesPage>,
            "cart" => same::<c::CartPage>,
            "checkout" => same::<c::CheckoutPage>,
            "payment" => same::<c::PaymentPage>,
            "payment-step" => same::<c::PaymentStepPage>,
            "sandbox-bank" => same::<c::SandboxBankPage>,
            "order" => same::<c::OrderPage>,
            "cancel-order" => same::<c::CancelOrderPage>,
            "invoice" => same::<c::InvoicePage>,
            "readdress" => same::<c::ReaddressPage>,
            "tracking" => same::<c::TrackingPage>,
            "help" => same::<c::HelpPage>,
            "conversation" => same::<c::ConversationPage>,
            "feedback" => same::<c::FeedbackPage>,
            "account" => same::<c::AccountPage>,
            "unsubscribe" => same::<c::UnsubscribePage>,
            "my-profile" => same::<c::MyProfilePage>,
            "my-addresses" => same::<c::MyAddressesPage>,
            "my-address" => same::<c::MyAddressPage>,
            "my-messages" => same::<c::MyMessagesPage>,
            "my-favourites" => same::<c::MyFavouritesPage>,
            "my-data" => same::<c::MyDataPage>,
            "erasure" => same::<c::ErasurePage>,
            "account/security" => same::<c::SecurityPage>,
            "account-link" => same::<c::AccountLinkPage>,
            "verify" => same::<c::VerifyPage>,
            "forgot" => same::<c::ForgotPage>,
            "reset" => same::<c::ResetPage>,
            "account-phone" => same::<c::PhonePage>,
            "dev-outbox" => same::<c::OutboxPage>,
            "dev-message" => same::<c::OutboxMessagePage>,
            "error" => same::<c::ErrorPage>,
            other => panic!("{other} has no type"),
        };
        check(&name, &own);
    }
}

#[test]
fn every_template_renders_its_examples() {
    let themes = default_theme();
    let theme = &themes.default_branding().theme;
    let mut rendered = std::collections::BTreeSet::new();
    for (name, fields) in examples() {
        let template = name.split('.').next().unwrap();
        if let Some(email) = template.strip_prefix("emails/") {
            let mail = theme.email(email, &fields).unwrap();
            // A subject is text: an `&` in a name stays one.
            let escaped = ["&amp;", "&#", "&quot;", "&lt;", "&gt;"];
            assert!(
                !mail.subject.is_empty() && !escaped.iter().any(|part| mail.subject.contains(part)),
                "{name}: {}",
                mail.subject
            );
            assert!(
                mail.html.contains("</html>") && !mail.text.contains('<'),
                "{name}: {}",
                mail.text
            );
            rendered.insert(template.to_owned());
            continue;
        }
        if let Some(sms) = template.strip_prefix("sms/") {
            let text = theme.sms(sms, &fields).unwrap();
            assert!(!text.trim().is_empty() && !text.contains(['<', '{']), "{name}: {text}");
            rendered.insert(template.to_owned());
            continue;
        }
        let html = theme.render(&format!("pages/{template}"), &fields).unwrap();
        assert!(html.starts_with("<!doctype html>") && html.contains("</html>"), "{name}");
        assert!(
            !html.contains("{{") && !html.contains("[object]") && html.contains("<h1"),
            "{name}"
        );
        rendered.insert(format!("pages/{template}"));
    }
    let files = themes.default_files().keys().filter_map(|path| path.strip_suffix(".hbs"));
    let templates: Vec<&str> = files
        .filter(|name| {
            name.starts_with("pages/")
                || name.starts_with("sms/")
                || (name.starts_with("emails/") && !name.contains('.'))
        })
        .collect();
    let without_example: Vec<&&str> =
        templates.iter().filter(|name| !rendered.contains(**name)).collect();
    assert!(templates.len() > 20 && without_example.is_empty(), "{without_example:?}");
}

#[test]
fn every_file_a_template_asks_for_is_there() {
    let themes = default_theme();
    let theme = &themes.default_branding().theme;
    for (path, content) in
        themes.default_files().iter().filter(|(path, _)| path.strip_suffix(".hbs").is_some())
    {
        let text = String::from_utf8(content.clone()).unwrap();
        for (_, rest) in
            text.match_indices(r#"{{asset ""#).map(|(at, found)| text[at..].split_at(found.len()))
        {
            let asset = rest.split('"').next().unwrap();
            // The build adds the fonts.
            assert!(
                asset.starts_with("fonts/") || theme.asset(asset).is_some(),
                "{path} asks for {asset}"
            );
        }
    }
}

#[test]
fn a_pack_replaces_files_of_the_default_and_adds_none() {
    let themes = default_theme();
    let settings = serde_json::json!({
        "name": "Atelier Nord",
        "accent": "#224488",
        "support": {"email": "bonjour@atelier.example"},
    });
    let branding = themes
        .branding_from(
            "atelier-nord",
            &settings,
            serde_json::json!({"partials/footer.hbs": "<footer>Atelier</footer>"}),
        )
        .unwrap();
    assert_eq!(
        (branding.settings.name.as_str(), branding.settings.support.phone.as_deref()),
        ("Atelier Nord", Some("+49 30 5550 1420"))
    );
    assert_ne!(branding.theme.hash, themes.default_branding().theme.hash);
    assert!(
        branding
            .theme
            .render("pages/cart", &examples()["cart"])
            .unwrap()
            .contains("<footer>Atelier</footer>")
    );
    assert!(
        themes.by_hash(&branding.theme.hash).is_some()
            && branding.accent_url().starts_with("/theme/atelier-nord/")
    );

    let refused = |files| {
        themes
            .branding_from("atelier-nord", &settings, files)
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap()
    };
    assert!(
        refused(serde_json::json!({"pages/own.hbs": "x"}))
            .contains("theme/pages/own.hbs is not a file of _default")
    );
    assert!(
        refused(serde_json::json!({"pages/cart.hbs": "{{#if}"}))
            .contains("theme/pages/cart.hbs cannot be parsed")
    );
    assert!(
        themes
            .branding_from(
                "atelier-nord",
                &serde_json::json!({"accent": "blue"}),
                serde_json::json!({})
            )
            .is_err()
    );
    assert!(
        Theme::compile(themes.default_files()).unwrap().hash
            == themes.default_branding().theme.hash
    );
}
