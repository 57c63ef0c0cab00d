//! Themes: the templates, styles and settings of `tenants/_default`, with what a provider's pack
//! changes of them. Pages and emails are rendered through [`Theme`]; a template that cannot be
//! parsed stops the start with its file's name.

pub mod accent;
mod vocabulary;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use handlebars::Handlebars;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::kernel::{Result, TenantId, token};

/// The pack every other inherits from.
pub const DEFAULT: &str = "_default";
/// Folders of a theme that browsers may read.
const ASSET_FOLDERS: [&str; 4] = ["css/", "js/", "icons/", "fonts/"];
/// Characters of a theme's hash in addresses.
const HASH_CHARS: usize = 12;
/// A pack is read anew after this long, should the notice that it changed be lost.
const LIFETIME: Duration = Duration::from_mins(1);
/// Kept beside the themes in use, so that a page rendered a moment ago still finds its styles.
const OLD_THEMES_MAX: usize = 32;

/// Files of a theme: path below `theme/` → content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// `tenant.toml`, complete: a pack's own words over the default's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub name: String,
    pub tagline: String,
    /// `#rrggbb`.
    pub accent: String,
    /// BCP 47.
    pub locale: String,
    pub time_zone: String,
    pub support: Support,
    pub email: Sender,
    #[serde(default)]
    pub social: Vec<Network>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    pub email: String,
    pub phone: Option<String>,
    pub hours: Option<String>,
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub sender_name: String,
    pub sender_address: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    pub name: String,
    pub url: String,
}

/// An email, rendered.
#[derive(Debug)]
pub struct RenderedEmail {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// One set of files, compiled.
pub struct Theme {
    /// Changes with any file.
    pub hash: String,
    assets: Files,
    html: Handlebars<'static>,
    plain: Handlebars<'static>,
}

/// A theme as one tenant wears it.
#[derive(Clone)]
pub struct Look {
    /// `_default`, or the provider's slug when it has a pack.
    pub slug: String,
    pub theme: Arc<Theme>,
    pub settings: Arc<Settings>,
}

/// The themes this node knows.
#[derive(Clone)]
pub struct Themes(Arc<Known>);

struct Known {
    default: Look,
    files: Files,
    /// With the time they were read.
    by_tenant: RwLock<HashMap<TenantId, (Instant, Look)>>,
    by_hash: RwLock<HashMap<String, Arc<Theme>>>,
}

impl Themes {
    /// Reads and compiles `tenants/_default`.
    pub fn load(tenants_dir: &Path) -> anyhow::Result<Self> {
        let folder = tenants_dir.join(DEFAULT);
        let toml = fs::read_to_string(folder.join("tenant.toml"))
            .with_context(|| format!("{}/tenant.toml cannot be read", folder.display()))?;
        let settings: Settings = Figment::from(Toml::string(&toml))
            .extract()
            .with_context(|| format!("{}/tenant.toml", folder.display()))?;
        accent::parse(&settings.accent).with_context(|| {
            format!("{}/tenant.toml: accent is not like #8a3a22", folder.display())
        })?;
        let mut files = Files::new();
        read_folder(&folder.join("theme"), "", &mut files)?;
        let theme = Arc::new(
            Theme::compile(&files).with_context(|| folder.join("theme").display().to_string())?,
        );
        let default =
            Look { slug: DEFAULT.to_owned(), theme: theme.clone(), settings: Arc::new(settings) };
        let by_hash = RwLock::new(HashMap::from([(theme.hash.clone(), theme)]));
        Ok(Self(Arc::new(Known { default, files, by_tenant: RwLock::default(), by_hash })))
    }

    /// SMP's own look.
    pub fn default_look(&self) -> &Look {
        &self.0.default
    }

    /// The files a pack may replace.
    pub fn default_files(&self) -> &Files {
        &self.0.files
    }

    /// The theme with this hash, of this tenant or another.
    pub fn by_hash(&self, hash: &str) -> Option<Arc<Theme>> {
        read(&self.0.by_hash).get(hash).cloned()
    }

    /// How a tenant's pages and emails look: its pack, as applied, over the default. Reads the pack
    /// once until [`Self::forget`], or for a while.
    pub async fn of(&self, conn: &mut PgConnection, tenant: TenantId) -> Result<Look> {
        if let Some((at, look)) = read(&self.0.by_tenant).get(&tenant)
            && at.elapsed() < LIFETIME
        {
            return Ok(look.clone());
        }
        let at = Instant::now();
        let row = sqlx::query!("SELECT p.slug, t.settings, t.files FROM tenant_packs t JOIN providers p USING (tenant_id) WHERE t.tenant_id = $1", tenant.0)
            .fetch_optional(conn)
            .await?;
        let look = match row {
            None => self.0.default.clone(),
            // A pack is checked when it is applied; should one be broken all the same, its
            // provider's pages still open.
            Some(row) => self.dress(&row.slug, &row.settings, row.files).unwrap_or_else(|error| {
                tracing::error!(
                    ?error,
                    slug = row.slug,
                    "a tenant pack cannot be used; its pages wear the default theme"
                );
                self.0.default.clone()
            }),
        };
        write(&self.0.by_tenant).insert(tenant, (at, look.clone()));
        Ok(look)
    }

    /// The look of the provider with this slug.
    pub async fn of_slug(&self, conn: &mut PgConnection, slug: &str) -> Result<Option<Look>> {
        let tenant = sqlx::query_scalar!("SELECT tenant_id FROM providers WHERE slug = $1", slug)
            .fetch_optional(&mut *conn)
            .await?;
        match tenant {
            Some(tenant) => self.of(conn, TenantId(tenant)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Reads a tenant's pack anew when it is next asked for.
    pub fn forget(&self, tenant: TenantId) {
        write(&self.0.by_tenant).remove(&tenant);
    }

    /// A pack over the default. A pack may only replace files that the default has.
    pub fn dress(
        &self,
        slug: &str,
        settings: &serde_json::Value,
        files: serde_json::Value,
    ) -> anyhow::Result<Look> {
        let settings: Settings = Figment::from(Serialized::defaults(&*self.0.default.settings))
            .merge(Serialized::defaults(settings))
            .extract()?;
        accent::parse(&settings.accent).context("accent is not like #8a3a22")?;
        let own: BTreeMap<String, String> = serde_json::from_value(files)?;
        let theme = if own.is_empty() {
            self.0.default.theme.clone()
        } else {
            let mut files = self.0.files.clone();
            for (path, text) in own {
                if files.insert(path.clone(), text.into_bytes()).is_none() {
                    bail!(
                        "theme/{path} is not a file of {DEFAULT}; a pack can only replace what is there"
                    );
                }
            }
            Arc::new(Theme::compile(&files)?)
        };
        let mut by_hash = write(&self.0.by_hash);
        if by_hash.len() >= OLD_THEMES_MAX {
            by_hash.retain(|hash, theme| {
                *hash == self.0.default.theme.hash || Arc::strong_count(theme) > 1
            });
        }
        by_hash.insert(theme.hash.clone(), theme.clone());
        Ok(Look { slug: slug.to_owned(), theme, settings: Arc::new(settings) })
    }
}

impl Theme {
    /// Compiles a theme's files.
    pub fn compile(files: &Files) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for (path, content) in files {
            all.extend_from_slice(format!("{path}\0{}\0", content.len()).as_bytes());
            all.extend_from_slice(content);
        }
        let hash = token::content_hash(&all)[..HASH_CHARS].to_owned();
        let mut html = registry(&hash);
        let mut plain = registry(&hash);
        plain.register_escape_fn(handlebars::no_escape);
        for (path, content) in files {
            if path == "emails/subjects.toml" {
                let subjects: BTreeMap<String, String> =
                    Figment::from(Toml::string(utf8(path, content)?))
                        .extract()
                        .context("theme/emails/subjects.toml")?;
                for (name, template) in subjects {
                    register(&mut plain, &format!("emails/{name}.subject"), path, &template)?;
                }
                continue;
            }
            let Some(name) = path.strip_suffix(".hbs") else { continue };
            let name = name.strip_prefix("partials/").unwrap_or(name);
            let template = utf8(path, content)?;
            // Partials serve both kinds.
            register(&mut plain, name, path, template)?;
            register(&mut html, name, path, template)?;
        }
        let assets = files
            .iter()
            .filter(|(path, _)| ASSET_FOLDERS.iter().any(|folder| path.starts_with(folder)));
        Ok(Self {
            hash,
            assets: assets.map(|(path, content)| (path.clone(), content.clone())).collect(),
            html,
            plain,
        })
    }

    /// A file browsers may read.
    pub fn asset(&self, path: &str) -> Option<&[u8]> {
        self.assets.get(path).map(Vec::as_slice)
    }

    /// Renders a template, or a partial, with HTML escaping. `context` has `locale`.
    pub fn render(&self, template: &str, context: &impl Serialize) -> Result<String> {
        Ok(self
            .html
            .render(template, context)
            .map_err(|error| anyhow::anyhow!("{template}: {error}"))?)
    }

    /// The same templates with some partials replaced by plain text, which is printed as it is.
    pub fn with_partials(&self, replaced: &[(&str, &str)]) -> anyhow::Result<Handlebars<'static>> {
        let mut registry = self.html.clone();
        for (name, text) in replaced {
            registry.register_partial(name, text)?;
        }
        Ok(registry)
    }

    /// Renders an email: `emails/NAME`, its text and its subject.
    pub fn email(&self, name: &str, context: &impl Serialize) -> Result<RenderedEmail> {
        let plain = |what: &str| {
            self.plain
                .render(&format!("emails/{name}{what}"), context)
                .map_err(|error| anyhow::anyhow!("emails/{name}{what}: {error}"))
        };
        let subject = plain(".subject")?.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(RenderedEmail {
            subject,
            text: plain(".txt")?,
            html: self.render(&format!("emails/{name}"), context)?,
        })
    }
}

impl Look {
    /// The address of the tenant's accent colours.
    pub fn accent_url(&self) -> String {
        format!(
            "/theme/{}/{}/accent.css",
            self.slug,
            &token::content_hash(self.settings.accent.as_bytes())[..HASH_CHARS]
        )
    }
}

fn registry(hash: &str) -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_prevent_indent(true);
    vocabulary::register(&mut registry, hash);
    registry
}

fn register(
    registry: &mut Handlebars<'static>,
    name: &str,
    path: &str,
    template: &str,
) -> anyhow::Result<()> {
    registry
        .register_template_string(name, template)
        .with_context(|| format!("theme/{path} cannot be parsed"))
}

fn utf8<'a>(path: &str, content: &'a [u8]) -> anyhow::Result<&'a str> {
    std::str::from_utf8(content).with_context(|| format!("theme/{path} is not UTF-8"))
}

fn read_folder(folder: &Path, below: &str, files: &mut Files) -> anyhow::Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{below}{name}");
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

// A panic while one of these locks is held cannot leave a map half changed.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}
