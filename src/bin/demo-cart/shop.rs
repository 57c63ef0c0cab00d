//! The shop: its catalogue, its orders, and how it reaches SMP.

use std::{collections::HashMap, path::Path, time::Duration};

use anyhow::Context;
use serde::Deserialize;

use crate::{
    orders::Orders,
    pages::{CartForm, Goods, Pages},
    reports,
};

/// Most units in one order.
const QUANTITY_MAX: u32 = 20;
/// Longest click token, in bytes.
const TOKEN_MAX_BYTES: usize = 4_000;
/// Longest SKU, name and the like, in characters.
pub const FIELD_MAX_CHARS: usize = 200;
/// Price of an article that the catalogue does not list, so that a sale written in a walk-through
/// can be bought.
const UNLISTED_PRICE_MINOR: i64 = 4_900;
const UNLISTED_CURRENCY: &str = "EUR";

/// The file that the shop is opened with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The shop's name.
    pub shop: String,
    pub email: String,
    pub phone: String,
    articles: Vec<Article>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Article {
    sku: String,
    title: String,
    name: String,
    price_minor: i64,
    currency: String,
    /// Of a package that is reserved; none for what is shipped.
    #[serde(default)]
    nights: Option<u32>,
}

/// What the routes and the reports share.
pub struct Shop {
    pub catalogue: Catalogue,
    articles: HashMap<String, Article>,
    pub pages: Pages,
    pub orders: Orders,
    pub origin: String,
    /// SMP's origin, without a trailing slash.
    pub smp_url: String,
    /// The provider's key with the scope `postbacks`.
    pub api_key: String,
    pub client: reqwest::Client,
    pub retry_delays: Vec<Duration>,
    /// How long after a reservation it is confirmed.
    pub confirm_after: Duration,
}

impl Catalogue {
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a catalogue", file.display()))
    }
}

impl Shop {
    pub fn open(
        catalogue: Catalogue,
        origin: String,
        smp_url: &str,
        api_key: String,
    ) -> anyhow::Result<Self> {
        let articles = catalogue.articles.iter();
        Ok(Self {
            articles: articles.map(|article| (article.sku.clone(), article.clone())).collect(),
            pages: Pages::new(&catalogue.shop)?,
            orders: Orders::default(),
            catalogue,
            origin,
            smp_url: smp_url.trim_end_matches('/').to_owned(),
            api_key,
            client: reqwest::Client::builder().timeout(reports::ATTEMPT_TIMEOUT).build()?,
            retry_delays: reports::RETRY_DELAYS.to_vec(),
            confirm_after: reports::CONFIRM_AFTER,
        })
    }

    /// What a form asks for, at the shop's price; none if SKU, quantity or token is wrong.
    pub fn goods(&self, form: &CartForm) -> Option<Goods> {
        let quantity = if form.quantity.is_empty() { 1 } else { form.quantity.parse().ok()? };
        let fits = (1..=FIELD_MAX_CHARS).contains(&form.sku.chars().count())
            && form.click_token.len() <= TOKEN_MAX_BYTES;
        if !fits || !(1..=QUANTITY_MAX).contains(&quantity) {
            return None;
        }
        let article = self.articles.get(&form.sku).cloned().unwrap_or_else(|| Article {
            sku: form.sku.clone(),
            title: "Your choice".to_owned(),
            name: format!("Article {}", form.sku),
            price_minor: UNLISTED_PRICE_MINOR,
            currency: UNLISTED_CURRENCY.to_owned(),
            nights: None,
        });
        Some(Goods {
            title: article.title,
            name: article.name,
            quantity,
            amount_minor: article.price_minor * i64::from(quantity),
            currency: article.currency,
            nights: article.nights,
        })
    }

    /// A new confirmation number that cannot be guessed: `OH-5F0A93C2B71E`.
    pub fn new_reference(&self) -> String {
        let random = uuid::Uuid::new_v4().simple().to_string().to_ascii_uppercase();
        format!("{}-{}", self.initials(), &random[..12])
    }

    pub fn is_reference(&self, text: &str) -> bool {
        text.strip_prefix(&format!("{}-", self.initials())).is_some_and(|random| {
            random.len() == 12 && random.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }

    fn initials(&self) -> String {
        let letters = self.catalogue.shop.chars().filter(char::is_ascii_alphabetic);
        let initials = letters.take(2).collect::<String>().to_ascii_uppercase();
        if initials.is_empty() { "NO".to_owned() } else { initials }
    }
}
