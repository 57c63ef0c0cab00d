//! Themes: the templates, texts, styles and settings of `tenants/_default`, and what providers' packs
//! change about them. A template that cannot be parsed stops the start with the name of its file.

pub mod accent;
mod answers;
mod branding;
pub(super) mod example_pages;
mod files;
mod formats;
mod pseudo;
mod template_helpers;
mod text_helpers;
pub(super) mod texts;
mod theme;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use figment::{
    Figment,
    providers::{Format, Serialized, Toml},
};
use sqlx::PgConnection;

pub use branding::{Branding, SocialLink, TenantSettings};
pub use example_pages::of_message as examples_of_message;
pub use files::{DEFAULT_PACK, ThemeFiles};
pub use texts::Texts;
pub use theme::{RenderedEmail, Theme};

use crate::{
    kernel::{Result, TenantId},
    platform::{Platform, broker::Notice},
};

/// Where the fonts of PDFs are, in a folder of packs.
pub fn fonts_folder(tenants_dir: &Path) -> PathBuf {
    tenants_dir.join(DEFAULT_PACK).join("fonts")
}
/// A pack is read again after this time, in case the notice that it changed was lost.
const LIFETIME: Duration = Duration::from_mins(1);
/// Themes that are kept beside those in use, so that a page rendered a moment ago still finds its
/// styles.
const OLD_THEMES_MAX: usize = 32;

/// The themes this node knows. Cheap to clone.
#[derive(Clone)]
pub struct Themes(Arc<Loaded>);

struct Loaded {
    default: Branding,
    files: ThemeFiles,
    /// With the time it was read.
    by_tenant: RwLock<HashMap<TenantId, (Instant, Branding)>>,
    by_hash: RwLock<HashMap<String, Arc<Theme>>>,
}

impl Themes {
    /// Reads and compiles `tenants/_default`, and follows the changes of providers' packs.
    pub fn new(platform: &Platform) -> anyhow::Result<Self> {
        let themes = Self::load(&platform.config.tenants_dir)?;
        let follower = themes.clone();
        platform.broker.follow(move |notice| {
            if let Some(Notice::ProviderChanged { tenant }) = notice {
                follower.forget(tenant);
            }
        });
        Ok(themes)
    }

    /// Reads and compiles `tenants/_default`.
    pub fn load(tenants_dir: &Path) -> anyhow::Result<Self> {
        let folder = tenants_dir.join(DEFAULT_PACK);
        let settings_path = folder.join("tenant.toml").display().to_string();
        let toml = fs::read_to_string(&settings_path)
            .with_context(|| format!("{settings_path} cannot be read"))?;
        let settings: TenantSettings =
            Figment::from(Toml::string(&toml)).extract().with_context(|| settings_path.clone())?;
        accent::parse(&settings.accent)
            .with_context(|| format!("{settings_path}: accent is not like #8a3a22"))?;
        if settings.legal.is_some() {
            bail!(
                "{settings_path}: [legal] is a provider's own; the installation's are \
                 theme/pages/imprint.hbs and terms.hbs"
            );
        }
        let mut files = ThemeFiles::new();
        read_folder(&folder.join("theme"), "", &mut files)?;
        read_folder(&folder.join("locales"), texts::LOCALES, &mut files)?;
        let theme = Arc::new(
            Theme::compile(&files).with_context(|| folder.join("theme").display().to_string())?,
        );
        let by_hash = RwLock::new(HashMap::from([(theme.hash.clone(), theme.clone())]));
        let default =
            Branding { slug: DEFAULT_PACK.to_owned(), theme, settings: Arc::new(settings) };
        Ok(Self(Arc::new(Loaded { default, files, by_tenant: RwLock::default(), by_hash })))
    }

    /// SMP's own branding.
    pub fn default_branding(&self) -> &Branding {
        &self.0.default
    }

    /// The files that a pack may replace.
    pub fn default_files(&self) -> &ThemeFiles {
        &self.0.files
    }

    /// The theme with this hash, of any tenant.
    pub fn by_hash(&self, hash: &str) -> Option<Arc<Theme>> {
        read(&self.0.by_hash).get(hash).cloned()
    }

    /// A tenant's branding: its applied pack over the default. Kept for a while, or until
    /// [`Self::forget`].
    pub async fn branding_of(&self, conn: &mut PgConnection, tenant: TenantId) -> Result<Branding> {
        if let Some((read_at, branding)) = read(&self.0.by_tenant).get(&tenant)
            && read_at.elapsed() < LIFETIME
        {
            return Ok(branding.clone());
        }
        let read_at = Instant::now();
        let row = sqlx::query!(
            "
            SELECT p.slug, t.settings, t.files
            FROM tenant_packs t JOIN providers p USING (tenant_id)
            WHERE t.tenant_id = $1
            ",
            tenant.0
        )
        .fetch_optional(conn)
        .await?;
        let branding = match row {
            None => self.0.default.clone(),
            // A pack is checked when it is applied. If one is broken all the same, its provider's
            // pages must still open.
            Some(row) => {
                self.branding_from(&row.slug, &row.settings, row.files).unwrap_or_else(|error| {
                    tracing::error!(
                        error = format!("{error:#}"),
                        slug = row.slug,
                        "a tenant pack cannot be used; the default theme is used instead"
                    );
                    self.0.default.clone()
                })
            }
        };
        write(&self.0.by_tenant).insert(tenant, (read_at, branding.clone()));
        Ok(branding)
    }

    /// The branding of the provider with this slug.
    pub async fn branding_of_slug(
        &self,
        conn: &mut PgConnection,
        slug: &str,
    ) -> Result<Option<Branding>> {
        let tenant = sqlx::query_scalar!("SELECT tenant_id FROM providers WHERE slug = $1", slug)
            .fetch_optional(&mut *conn)
            .await?;
        match tenant {
            Some(tenant) => self.branding_of(conn, TenantId(tenant)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Reads a tenant's pack again when next asked for.
    pub fn forget(&self, tenant: TenantId) {
        write(&self.0.by_tenant).remove(&tenant);
    }

    /// The branding that a pack makes of the default. A pack may only replace files of the default.
    pub fn branding_from(
        &self,
        slug: &str,
        settings: &serde_json::Value,
        files: serde_json::Value,
    ) -> anyhow::Result<Branding> {
        let default = &self.0.default;
        let settings: TenantSettings = Figment::from(Serialized::defaults(&*default.settings))
            .merge(Serialized::defaults(settings))
            .extract()?;
        accent::parse(&settings.accent).context("accent is not like #8a3a22")?;
        let own: BTreeMap<String, String> = serde_json::from_value(files)?;
        let theme = if own.is_empty() {
            default.theme.clone()
        } else {
            let mut files = self.0.files.clone();
            for (path, text) in own {
                // Messages go over those of the default, one by one.
                if let Some(messages) = path.strip_prefix(texts::LOCALES) {
                    files.insert(format!("{}{messages}", texts::OWN_LOCALES), text.into_bytes());
                    continue;
                }
                if files.insert(path.clone(), text.into_bytes()).is_none() {
                    bail!(
                        "theme/{path} is not a file of {DEFAULT_PACK}; a pack can only replace its \
                         files"
                    );
                }
            }
            match self.by_hash(&Theme::hash_of(&files)) {
                Some(known) => known,
                None => Arc::new(Theme::compile(&files)?),
            }
        };
        let mut by_hash = write(&self.0.by_hash);
        if by_hash.len() >= OLD_THEMES_MAX {
            by_hash
                .retain(|hash, theme| *hash == default.theme.hash || Arc::strong_count(theme) > 1);
        }
        by_hash.insert(theme.hash.clone(), theme.clone());
        Ok(Branding { slug: slug.to_owned(), theme, settings: Arc::new(settings) })
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut ThemeFiles) -> anyhow::Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

// A panic under one of these locks cannot leave a map half changed, so poisoning is ignored.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pack_that_did_not_change_is_compiled_once() {
        let tenants_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
        let themes = Themes::load(&tenants_dir).unwrap();
        let theme_with = |css: &str| {
            let files = json!({"css/base.css": css});
            themes.branding_from("kiln", &json!({}), files).unwrap().theme
        };
        let first = theme_with("p { margin: 0 }");
        assert!(Arc::ptr_eq(&first, &theme_with("p { margin: 0 }")));
        assert!(!Arc::ptr_eq(&first, &theme_with("p { margin: 1px }")));
    }
}
