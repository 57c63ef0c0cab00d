//! The demo world, read from `tenants/`: providers with their teams, offers and sales, SMP's own
//! staff, shoppers, and what visitors do. `tenants/README.md` describes every file and field.
//!
//! Times are minutes from the moment of loading, prices are in minor units, and every email address
//! ends in `.example`.

mod check;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

/// The base theme's folder, which also holds SMP's own part of the world.
const DEFAULT: &str = "_default";
const DEMO: &str = "demo";

pub struct World {
    pub people: People,
    pub review: Review,
    pub traffic: Traffic,
    /// By slug; each of them has at least one sale.
    pub providers: Vec<Provider>,
}

/// `_default/demo/people.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// Every account of the demo has it.
    pub password: String,
    /// What SMP takes of every sale, in millionths of the price.
    pub commission_ppm: u32,
    pub staff: Vec<TeamMember>,
    pub shoppers: Vec<Shopper>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamMember {
    pub role: String,
    pub name: String,
    pub email: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shopper {
    pub name: String,
    pub email: String,
    pub street: String,
    pub postal_code: String,
    pub city: String,
    pub phone: Option<String>,
}

/// `_default/demo/review.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    pub requirement_note: String,
    pub provider_approval: String,
    pub sale_approval: String,
    pub evidence: String,
    pub renewal_note: String,
}

/// `_default/demo/traffic.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    pub visits: Visits,
    pub shipment: Shipment,
    pub order_question: AnsweredQuestion,
    pub feedback: Feedback,
    pub refund: Refund,
    pub open_question: Question,
    pub click_outs: ClickOuts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visits {
    pub per_sale: u32,
    pub other_kinds_every: u32,
    pub like_every: u32,
    pub share_every: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipment {
    pub carrier: String,
    pub tracking_prefix: String,
    pub tracking_suffix: String,
    pub event_note: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnsweredQuestion {
    pub subject: String,
    #[serde(deserialize_with = "prose")]
    pub question: String,
    #[serde(deserialize_with = "prose")]
    pub answer: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub subject: String,
    #[serde(deserialize_with = "prose")]
    pub question: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    pub rating: u8,
    #[serde(deserialize_with = "prose")]
    pub comments: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClickOuts {
    pub count: usize,
    pub purchase_every: usize,
    /// Number of the click-out whose purchase is reversed, counted from 0.
    pub reversed: usize,
    pub reversal_reason: String,
}

/// A tenant's folder that has a `demo/`.
pub struct Provider {
    pub slug: String,
    /// `<slug>/`, which is also the tenant pack.
    pub folder: PathBuf,
    pub settings: Settings,
    pub profile: Profile,
    pub offers: Vec<Offer>,
    pub sales: Vec<Sale>,
}

/// What the demo takes from `<slug>/tenant.toml`; applying the pack checks the whole file.
#[derive(Debug, Deserialize)]
pub struct Settings {
    pub name: String,
    pub support: Support,
}

#[derive(Debug, Deserialize)]
pub struct Support {
    pub email: String,
    pub phone: String,
    pub url: String,
}

/// `<slug>/demo/provider.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// ISO 3166-1 code.
    pub country: String,
    pub product_category: String,
    #[serde(deserialize_with = "prose")]
    pub about: String,
    pub registration_number: String,
    #[serde(deserialize_with = "prose")]
    pub references: String,
    /// ISO 3166-1 codes of the countries it delivers to.
    pub regions: Vec<String>,
    /// Whether it sells through a cart of its own, whose origin SMP approves.
    #[serde(default)]
    pub own_cart: bool,
    /// The terms of every offer that has none of its own.
    #[serde(deserialize_with = "prose")]
    pub terms: String,
    pub team: Vec<TeamMember>,
    /// What its invoices need, as the API takes it; SMP issues none without.
    pub invoicing: Option<toml::Table>,
}

/// `<slug>/demo/offers/<key>.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The file's name without `.toml`; sales refer to it.
    #[serde(skip)]
    pub key: String,
    pub title: String,
    #[serde(deserialize_with = "prose")]
    pub summary: String,
    #[serde(deserialize_with = "prose")]
    pub description: String,
    #[serde(default, deserialize_with = "optional_prose")]
    pub terms: Option<String>,
    pub currency: String,
    pub items: Vec<Item>,
    pub pictures: Vec<Picture>,
}

/// A variant of an offer that can be bought.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub sku: String,
    pub name: String,
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// The price outside of sales.
    pub price_minor: i64,
    /// A former, higher price.
    pub compare_at_minor: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// A file of `<slug>/media/`.
    pub file: String,
    #[serde(deserialize_with = "prose")]
    pub alt: String,
}

/// `<slug>/demo/sales.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sales {
    sales: Vec<Sale>,
}

/// A sale of one offer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sale {
    pub slug: String,
    /// The offer's key.
    pub offer: String,
    pub mode: Mode,
    pub kind: Kind,
    pub stage: Stage,
    pub starts_in_minutes: i64,
    pub ends_in_minutes: i64,
    pub hold_seconds: i32,
    /// ISO 3166-1 codes; empty means everywhere.
    #[serde(default)]
    pub countries: Vec<String>,
    #[serde(default)]
    pub featured: bool,
    /// To the manager who reviews the sale.
    #[serde(default, deserialize_with = "prose")]
    pub note: String,
    pub registration: Option<Registration>,
    pub target_quantity: Option<i32>,
    pub ship_min_days: Option<i32>,
    pub ship_max_days: Option<i32>,
    pub voucher_valid_days: Option<i32>,
    /// In redirect mode: sold out when all guaranteed units are reported as bought.
    #[serde(default)]
    pub sold_out_at_guarantee: bool,
    pub items: Vec<SaleItem>,
    #[serde(default)]
    pub access_points: Vec<AccessPoint>,
}

/// Where Buy leads: to SMP's cart or to the provider's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Hosted,
    Redirect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    WhileSuppliesLast,
    Aggregated,
    Reservation,
    Voucher,
}

/// How far a sale has come in SMP's review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Draft,
    Submitted,
    Approved,
}

/// When shoppers can register for a sale, and whether only they can buy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub opens_in_minutes: i64,
    pub closes_in_minutes: i64,
    #[serde(default)]
    pub registered_only: bool,
}

/// What a sale offers of an item; in a reservation sale, on one date.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleItem {
    pub sku: String,
    pub price_minor: i64,
    pub capacity: i32,
    pub limit_per_shopper: i32,
    pub slot: Option<Slot>,
}

/// The dates of a package.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    pub starts_in_days: i64,
    pub nights: i64,
}

/// A tracked link to a sale.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessPoint {
    pub placement: String,
    pub name: String,
}

impl World {
    /// Reads the world and checks that what its files refer to is there.
    pub fn read(tenants: &Path) -> anyhow::Result<Self> {
        let own = tenants.join(DEFAULT).join(DEMO);
        let mut providers = vec![];
        for folder in folders(tenants)? {
            if folder.join(DEMO).is_dir() && !folder.ends_with(DEFAULT) {
                providers.push(Provider::read(folder)?);
            }
        }
        let world = Self {
            people: read_toml(&own.join("people.toml"))?,
            review: read_toml(&own.join("review.toml"))?,
            traffic: read_toml(&own.join("traffic.toml"))?,
            providers,
        };
        let problems = check::problems(&world);
        ensure!(
            problems.is_empty(),
            "the demo world in {} has {} problem(s):\n  - {}",
            tenants.display(),
            problems.len(),
            problems.join("\n  - ")
        );
        Ok(world)
    }

    /// The provider that sells through a cart of its own.
    pub fn own_cart(&self) -> anyhow::Result<&Provider> {
        self.providers
            .iter()
            .find(|provider| provider.profile.own_cart)
            .context("no provider of the demo has a cart of its own; set own_cart in one")
    }

    /// The email of SMP's staff member with this role.
    pub fn staff(&self, role: &str) -> anyhow::Result<&str> {
        Ok(&member(&self.people.staff, role, DEFAULT)?.email)
    }

    /// The name of SMP's employee with a role.
    pub fn staff_name(&self, role: &str) -> anyhow::Result<&str> {
        Ok(&member(&self.people.staff, role, DEFAULT)?.name)
    }
}

impl Provider {
    fn read(folder: PathBuf) -> anyhow::Result<Self> {
        let demo = folder.join(DEMO);
        let mut offers = vec![];
        for file in sorted(&demo.join("offers"))? {
            let mut offer: Offer = read_toml(&file)?;
            offer.key = name_of(file.file_stem());
            offers.push(offer);
        }
        let Sales { sales } = read_toml(&demo.join("sales.toml"))?;
        Ok(Self {
            slug: name_of(folder.file_name()),
            settings: read_toml(&folder.join("tenant.toml"))?,
            profile: read_toml(&demo.join("provider.toml"))?,
            folder,
            offers,
            sales,
        })
    }

    /// Its team member with this role.
    pub fn member(&self, role: &str) -> anyhow::Result<&TeamMember> {
        member(&self.profile.team, role, &self.slug)
    }

    pub fn offer(&self, key: &str) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.key == key)
    }

    pub fn picture_file(&self, picture: &Picture) -> PathBuf {
        self.folder.join("media").join(&picture.file)
    }
}

impl Sale {
    /// Whether it is on sale at the moment of loading.
    pub fn is_live(&self) -> bool {
        self.starts_in_minutes < 0 && self.ends_in_minutes > 0
    }
}

fn member<'a>(team: &'a [TeamMember], role: &str, of: &str) -> anyhow::Result<&'a TeamMember> {
    team.iter()
        .find(|member| member.role == role)
        .with_context(|| format!("nobody in the demo team of {of} has the role {role:?}"))
}

fn folders(tenants: &Path) -> anyhow::Result<Vec<PathBuf>> {
    Ok(sorted(tenants)?.into_iter().filter(|path| path.is_dir()).collect())
}

fn sorted(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("{} cannot be read", folder.display());
    let mut paths = vec![];
    for entry in fs::read_dir(folder).with_context(cannot)? {
        paths.push(entry.with_context(cannot)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn name_of(name: Option<&std::ffi::OsStr>) -> String {
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads a TOML file; an error names file, line and field.
fn read_toml<T: DeserializeOwned>(file: &Path) -> anyhow::Result<T> {
    let text =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is wrong", file.display()))
}

/// Paragraphs, separated by blank lines; a single line break is a space.
fn prose<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let paragraphs =
        text.split("\n\n").map(|lines| lines.split_whitespace().collect::<Vec<_>>().join(" "));
    Ok(paragraphs.filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n"))
}

fn optional_prose<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    prose(deserializer).map(Some)
}

#[cfg(test)]
mod tests;
