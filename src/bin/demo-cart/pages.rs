//! The shop's pages: handlebars templates in `pages/`, complete without scripts.

use handlebars::{Handlebars, RenderError};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    orders::{Order, Report},
    shop::Catalogue,
};

pub const LOGO: &str = include_str!("pages/logo.svg");
pub const STYLE: &str = include_str!("pages/shop.css");

const TEMPLATES: [(&str, &str); 10] = [
    ("layout", include_str!("pages/layout.hbs")),
    ("goods", include_str!("pages/goods.hbs")),
    ("report", include_str!("pages/report.hbs")),
    ("home", include_str!("pages/home.hbs")),
    ("cart", include_str!("pages/cart.hbs")),
    ("order", include_str!("pages/order.hbs")),
    ("tracking", include_str!("pages/tracking.hbs")),
    ("return", include_str!("pages/return.hbs")),
    ("contact", include_str!("pages/contact.hbs")),
    ("message", include_str!("pages/message.hbs")),
];

pub type Rendered = Result<String, RenderError>;

/// The cart's form.
#[derive(Debug, Clone, Default, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CartForm {
    pub order: String,
    pub click_token: String,
    pub sku: String,
    pub quantity: String,
    pub name: String,
    pub address: String,
    /// Never shown again.
    #[serde(skip_serializing)]
    pub card_number: String,
}

/// A message per wrong field of the cart's form.
#[derive(Debug, Default, Serialize)]
pub struct CartErrors {
    pub any: bool,
    pub name: Option<&'static str>,
    pub address: Option<&'static str>,
    pub card_number: Option<&'static str>,
}

/// The items in a cart or order.
#[derive(Debug, Clone)]
pub struct Goods {
    pub title: String,
    pub name: String,
    pub quantity: u32,
    pub amount_minor: i64,
    pub currency: String,
    /// Of a package that is reserved; none for what is shipped.
    pub nights: Option<u32>,
}

/// The templates, with the shop they are about.
pub struct Pages {
    templates: Handlebars<'static>,
    shop: String,
}

impl Pages {
    pub fn new(shop: &str) -> anyhow::Result<Self> {
        let mut templates = Handlebars::new();
        templates.set_strict_mode(true);
        for (name, template) in TEMPLATES {
            templates.register_template_string(name, template)?;
        }
        Ok(Self { templates, shop: shop.to_owned() })
    }

    pub fn home(&self) -> Rendered {
        self.render("home", "Shop", json!({}))
    }

    pub fn cart(&self, goods: &Goods, form: &CartForm, errors: &CartErrors) -> Rendered {
        let title = if errors.any { "Error: your cart" } else { "Your cart" };
        let context = json!({"goods": goods_context(goods), "form": form, "errors": errors});
        self.render("cart", title, context)
    }

    /// An order: confirmed, or refunded after its return.
    pub fn order(&self, order: &Order) -> Rendered {
        let returned = order.returned.is_some();
        let reserved = order.goods.nights.is_some();
        let title = match (returned, reserved) {
            (true, _) => "Refund confirmed",
            (false, true) if order.confirmed.is_some() => "Reservation confirmed",
            (false, true) => "Reservation received",
            (false, false) => "Purchase confirmed",
        };
        let what = if reserved { "reservation" } else { "purchase" };
        let mut reports = vec![report_context(what, &order.purchase, &order.reference)];
        if order.confirmation != Report::NotDue {
            reports.push(report_context("confirmation", &order.confirmation, &order.reference));
        }
        if returned {
            reports.push(report_context("refund", &order.reversal, &order.reference));
        }
        let context = json!({
            "returned": returned,
            "reserved": reserved,
            "confirmed": order.confirmed,
            "refund": money(refund_minor(order), &order.goods.currency),
            "reference": order.reference,
            "name": order.name,
            "address": order.address.lines().collect::<Vec<_>>(),
            "card_last4": order.card_last4,
            "goods": goods_context(&order.goods),
            "reports": reports,
        });
        self.render("order", title, context)
    }

    pub fn tracking(&self, order: &Order) -> Rendered {
        let context = json!({
            "reference": order.reference,
            "returned": order.returned.is_some(),
            "reserved": order.goods.nights.is_some(),
            "confirmed": order.confirmed,
        });
        let reserved = order.goods.nights.is_some();
        self.render(
            "tracking",
            if reserved { "Your reservation" } else { "Track your order" },
            context,
        )
    }

    pub fn return_form(&self, order: &Order) -> Rendered {
        let reserved = order.goods.nights.is_some();
        let context = json!({
            "reference": order.reference,
            "total": total(&order.goods),
            "reserved": reserved,
            "parts": (1..order.goods.quantity).collect::<Vec<_>>(),
        });
        let title = if reserved { "Cancel this reservation" } else { "Return this order" };
        self.render("return", title, context)
    }

    pub fn contact(&self, catalogue: &Catalogue) -> Rendered {
        let context = json!({
            "email": catalogue.email,
            "phone": catalogue.phone,
            "dial": catalogue.phone.replace(' ', ""),
        });
        self.render("contact", "Contact", context)
    }

    /// A page that is not there, or a request that makes no sense.
    pub fn message(&self, title: &str, text: &str) -> Rendered {
        self.render("message", title, json!({"text": text}))
    }

    fn render(&self, name: &str, title: &str, mut context: Value) -> Rendered {
        context["title"] = title.into();
        context["shop"] = self.shop.as_str().into();
        self.templates.render(name, &context)
    }
}

fn goods_context(goods: &Goods) -> Value {
    json!({
        "title": goods.title,
        "name": goods.name,
        "quantity": goods.quantity,
        "total": total(goods),
        "nights": goods.nights,
    })
}

/// What a return or cancellation gives back.
fn refund_minor(order: &Order) -> i64 {
    let goods = &order.goods;
    goods.amount_minor / i64::from(goods.quantity.max(1)) * i64::from(order.returned_units)
}

fn report_context(what: &str, report: &Report, reference: &str) -> Value {
    let (state, attempts, reason) = match report {
        Report::NotDue => ("not_due", 0, ""),
        Report::UnderWay { attempts } => ("under_way", *attempts, ""),
        Report::Done => ("done", 0, ""),
        Report::Refused(reason) => ("refused", 0, reason.trim_end_matches('.')),
        Report::Unanswered => ("unanswered", 0, ""),
    };
    json!({
        "what": what, "state": state, "attempts": attempts, "reason": reason,
        "reference": reference,
    })
}

fn total(goods: &Goods) -> String {
    money(goods.amount_minor, &goods.currency)
}

/// An amount as it is written in English: `€1,249.00`.
pub fn money(minor: i64, currency: &str) -> String {
    let (whole, cents) = (minor / 100, minor % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match currency {
        "EUR" => format!("€{grouped}.{cents:02}"),
        other => format!("{other} {grouped}.{cents:02}"),
    }
}
