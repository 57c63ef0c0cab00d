//! The shop's pages, written on the server, complete without scripts.

use super::{
    Shop,
    orders::{Order, Report},
};

/// The shop's sign, also its favicon.
pub const SIGN: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\"><rect width=\"64\" height=\"64\" rx=\"14\" fill=\"#1b1d1f\"/>\
    <path d=\"M20 46h8.5v-6.2A14.5 14.5 0 1 1 35.500 39.800V46H44\" fill=\"none\" stroke=\"#f0a070\" stroke-width=\"5.500\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>";

/// A message about a field of a form.
pub type Wrong = (&'static str, &'static str);

/// What the cart's form holds.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct CartForm {
    pub order: String,
    pub click_token: String,
    pub sku: String,
    pub quantity: String,
    pub name: String,
    pub address: String,
    pub card_number: String,
}

/// What lies in the cart.
#[derive(Debug, Clone)]
pub struct Goods {
    pub title: String,
    pub name: String,
    pub quantity: u32,
    pub amount_minor: i64,
    pub currency: &'static str,
}

/// Text made safe for HTML and its attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
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

/// A page in the shop's frame.
pub fn page(shop: &Shop, title: &str, body: &str) -> String {
    let name = escape(&shop.name);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title} · {name}</title>\n<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"/shop.css\">\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header><div class=\"in\"><a class=\"brand\" href=\"/\"><img src=\"/favicon.svg\" alt=\"\" width=\"28\" height=\"28\">{name}</a>\
         <nav aria-label=\"Shop\"><a href=\"/contact\">Contact</a></nav></div></header>\n<main id=\"main\" tabindex=\"-1\">\n{body}\n</main>\n\
         <footer><div class=\"in\"><p>{name} is a shop of its own: you buy from us, on our terms.</p>\
         <p>It belongs to a demonstration. Nothing is charged and nothing is sent.</p></div></footer>\n</body>\n</html>\n"
    )
}

/// The start page: one line, and where to go.
pub fn home(shop: &Shop) -> String {
    let name = escape(&shop.name);
    page(
        shop,
        "Shop",
        &format!(
            "<h1>{name}</h1>\n<p>Our sales are announced on SMP; what you choose there waits for you in the cart here.</p>\n<p><a href=\"/contact\">How to reach us</a></p>"
        ),
    )
}

/// The cart: what was chosen, and what we ask to send it.
pub fn cart(shop: &Shop, goods: &Goods, form: &CartForm, wrong: &[Wrong]) -> String {
    let title = if wrong.is_empty() { "Your cart" } else { "Error: your cart" };
    let body = format!(
        "<h1>Your cart</h1>\n{errors}<section class=\"card\" aria-label=\"What you buy\">{goods}</section>\n\
         <form method=\"post\" action=\"/cart\" novalidate>\n\
         <input type=\"hidden\" name=\"order\" value=\"{order}\"><input type=\"hidden\" name=\"click_token\" value=\"{token}\">\
         <input type=\"hidden\" name=\"sku\" value=\"{sku}\"><input type=\"hidden\" name=\"quantity\" value=\"{quantity}\">\n\
         {name}{address}{card}<p><button type=\"submit\">Place order</button></p>\n</form>",
        errors = summary(wrong),
        goods = goods_list(goods),
        order = escape(&form.order),
        token = escape(&form.click_token),
        sku = escape(&form.sku),
        quantity = goods.quantity,
        name = field("name", "Name", "", wrong, |described| format!(
            "<input id=\"name\" name=\"name\" autocomplete=\"name\" required value=\"{}\"{described}>",
            escape(&form.name)
        )),
        address = field(
            "address",
            "Address",
            "Street, postal code, town and country",
            wrong,
            |described| format!(
                "<textarea id=\"address\" name=\"address\" rows=\"3\" autocomplete=\"street-address\" required{described}>{}</textarea>",
                escape(&form.address)
            )
        ),
        card = field(
            "card_number",
            "Card number",
            "To try it: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined",
            wrong,
            |described| format!(
                "<input id=\"card_number\" name=\"card_number\" inputmode=\"numeric\" autocomplete=\"cc-number\" required{described}>"
            )
        ),
    );
    page(shop, title, &body)
}

fn summary(wrong: &[Wrong]) -> String {
    if wrong.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = wrong
        .iter()
        .map(|(field, words)| format!("<li><a href=\"#{field}\">{words}</a></li>"))
        .collect();
    format!(
        "<div class=\"errors\" role=\"alert\"><h2>Nothing was charged yet</h2><ul>{}</ul></div>\n",
        lines.concat()
    )
}

fn field(
    id: &'static str,
    label: &str,
    hint: &str,
    wrong: &[Wrong],
    control: impl FnOnce(&str) -> String,
) -> String {
    let message = wrong.iter().find(|(field, _)| *field == id).map(|(_, words)| *words);
    let mut described = Vec::new();
    let mut notes = Vec::new();
    if !hint.is_empty() {
        described.push(format!("{id}-hint"));
        notes.push(format!("<span class=\"hint\" id=\"{id}-hint\">{hint}</span>"));
    }
    if let Some(words) = message {
        described.push(format!("{id}-error"));
        notes.push(format!("<span class=\"wrong\" id=\"{id}-error\">{words}</span>"));
    }
    let mut attributes = String::new();
    if !described.is_empty() {
        attributes = format!(" aria-describedby=\"{}\"", described.join(" "));
    }
    if message.is_some() {
        attributes.push_str(" aria-invalid=\"true\"");
    }
    format!(
        "<p><label for=\"{id}\">{label}</label>{}{}</p>\n",
        notes.concat(),
        control(&attributes)
    )
}

fn goods_list(goods: &Goods) -> String {
    format!(
        "<h2>{title}</h2><dl><dt>Item</dt><dd>{name}</dd><dt>Quantity</dt><dd>{quantity}</dd><dt>Shipping</dt><dd>Free</dd>\
         <dt class=\"sum\">Total</dt><dd class=\"sum\">{total}</dd></dl>",
        title = escape(&goods.title),
        name = escape(&goods.name),
        quantity = goods.quantity,
        total = money(goods.amount_minor, goods.currency),
    )
}

/// An order: confirmed, or refunded once it was sent back.
pub fn order(shop: &Shop, order: &Order) -> String {
    let reference = escape(&order.reference);
    let goods = Goods {
        title: order.title.clone(),
        name: order.item_name.clone(),
        quantity: order.quantity,
        amount_minor: order.amount_minor,
        currency: order.currency,
    };
    let paid = format!(
        "{} paid with the card ending in {}",
        money(order.amount_minor, order.currency),
        escape(&order.card_last4)
    );
    let (title, lead, links) = if order.returned.is_some() {
        (
            "Refund confirmed",
            format!(
                "We refund {} to the card ending in {}. Your bank usually shows it within five working days.",
                money(order.amount_minor, order.currency),
                escape(&order.card_last4)
            ),
            String::new(),
        )
    } else {
        (
            "Purchase confirmed",
            format!("Thank you, {}. {paid}.", escape(&order.name)),
            format!(
                "<ul class=\"ways\"><li><a href=\"/orders/{reference}/tracking\">Track your order</a></li>\
                 <li><a href=\"/orders/{reference}/return\">Return this order</a></li></ul>"
            ),
        )
    };
    let mut told = report("purchase", &order.purchase, &reference);
    if order.returned.is_some() {
        told.push_str(&report("refund", &order.reversal, &reference));
    }
    let body = format!(
        "<h1>{title}</h1>\n<p>{lead}</p>\n<p>Confirmation number<br><span class=\"number\">{reference}</span></p>\n{links}\n\
         <section class=\"card\" aria-label=\"What you bought\">{goods}</section>\n<h2>Goes to</h2>\n<p>{name}<br>{address}</p>\n{told}",
        goods = goods_list(&goods),
        name = escape(&order.name),
        address = escape(&order.address).replace('\n', "<br>"),
    );
    page(shop, title, &body)
}

fn report(what: &str, report: &Report, reference: &str) -> String {
    let (kind, head, words) = match report {
        Report::NotDue => return String::new(),
        Report::Done => (
            "good",
            format!("SMP knows of your {what}"),
            "It is also in your account there.".to_owned(),
        ),
        Report::UnderWay { attempts } => (
            "",
            format!("SMP does not know of your {what} yet"),
            format!(
                "Attempts so far: {attempts}. Your order stands all the same. <a href=\"/orders/{reference}\">Look again</a>"
            ),
        ),
        Report::Refused(reason) => (
            "bad",
            format!("SMP did not accept our report of your {what}"),
            format!(
                "It said: {}. Your order stands all the same.",
                escape(reason.trim_end_matches('.'))
            ),
        ),
        Report::Unanswered => (
            "bad",
            format!("SMP could not be told of your {what}"),
            "It did not answer. Your order stands all the same; we will tell it by other means."
                .to_owned(),
        ),
    };
    format!("<p class=\"told {kind}\"><strong>{head}</strong>{words}</p>\n")
}

/// Where a parcel is.
pub fn tracking(shop: &Shop, order: &Order) -> String {
    let reference = escape(&order.reference);
    let path = if order.returned.is_some() {
        "<li class=\"done\"><strong>Sent back</strong><br>The label is in your parcel</li><li class=\"done\"><strong>Refunded</strong></li>"
    } else {
        "<li class=\"done\"><strong>Order taken</strong><br>Paid and confirmed</li><li class=\"done\"><strong>Packed</strong><br>It leaves our workshop with the next collection</li>\
         <li><strong>On its way</strong><br>Two working days, to your door</li><li><strong>Delivered</strong></li>"
    };
    let body = format!(
        "<h1>Track your order</h1>\n<p>Confirmation number <span class=\"number\">{reference}</span></p>\n<ol class=\"path\">{path}</ol>\n<p><a href=\"/orders/{reference}\">Back to the order</a></p>"
    );
    page(shop, "Track your order", &body)
}

/// Asks why something goes back.
pub fn send_back(shop: &Shop, order: &Order) -> String {
    let reference = escape(&order.reference);
    let body = format!(
        "<h1>Return this order</h1>\n<p>Put it back into its box; the label is inside. We refund {total} as soon as you have told us.</p>\n\
         <form method=\"post\" action=\"/orders/{reference}/return\">\n<p><label for=\"reason\">Why does it go back?</label>\
         <select id=\"reason\" name=\"reason\"><option>Changed my mind</option><option>Arrived damaged</option><option>Not as described</option><option>Arrived too late</option></select></p>\n\
         <p><button type=\"submit\">Confirm return</button></p>\n</form>\n<p><a href=\"/orders/{reference}\">Keep it</a></p>",
        total = money(order.amount_minor, order.currency),
    );
    page(shop, "Return this order", &body)
}

/// How to reach the shop.
pub fn contact(shop: &Shop) -> String {
    let rows = match super::provider(&shop.name) {
        Some(provider) => format!(
            "<dt>Email</dt><dd><a href=\"mailto:{email}\">{email}</a></dd><dt>Phone</dt><dd><a href=\"tel:{dial}\">{phone}</a></dd>",
            email = provider.support_email,
            phone = provider.support_phone,
            dial = provider.support_phone.replace(' ', ""),
        ),
        None => "<dt>Email</dt><dd><a href=\"mailto:service@shop.example\">service@shop.example</a></dd>".to_owned(),
    };
    page(
        shop,
        "Contact",
        &format!(
            "<h1>Contact</h1>\n<p>Write or call: a person answers, usually the one who packed your parcel. Have your confirmation number at hand.</p>\n<section class=\"card\" aria-label=\"Addresses\"><dl>{rows}</dl></section>"
        ),
    )
}

/// Something that is not there, or cannot be done.
pub fn trouble(shop: &Shop, title: &str, words: &str) -> String {
    page(
        shop,
        title,
        &format!("<h1>{title}</h1>\n<p>{words}</p>\n<p><a href=\"/contact\">Contact us</a></p>"),
    )
}
