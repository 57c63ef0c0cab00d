//! Tenant packs: a provider's settings, theme files and messages, read from `tenants/<slug>/`, checked as a
//! whole and stored as one version. `_default` is the pack that all others inherit from; it is
//! served from its folder and never stored.

mod settings;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::themes::{DEFAULT_PACK, Themes, example_pages, texts};
use crate::{
    access::{Actor, audit},
    kernel::{TenantId, token},
    platform::{Platform, broker::Notice},
};

const SETTINGS: &str = "tenant.toml";
/// The kinds of files a pack may contain.
const EXTENSIONS: [&str; 6] = ["hbs", "css", "toml", "svg", "txt", "ftl"];
const FILES_MAX: usize = 100;
const FILE_BYTES_MAX: u64 = 256 * 1024;
const PACK_BYTES_MAX: usize = 2 * 1024 * 1024;
const DEPTH_MAX: usize = 4;

/// Path below `theme/`, or `locales/…` → text.
type PackFiles = BTreeMap<String, String>;

struct Pack {
    slug: String,
    settings: Value,
    files: PackFiles,
}

/// Applies every pack in a folder, or the one pack that the folder is. Returns what was done with
/// each. All packs are checked before the first is stored.
pub async fn apply(platform: &Platform, dir: &Path) -> anyhow::Result<Vec<String>> {
    let (folder, tenants_dir) = (dir.to_owned(), platform.config.tenants_dir.clone());
    let (packs, mut problems) =
        tokio::task::spawn_blocking(move || read_and_try(&folder, &tenants_dir)).await??;
    let tenants = tenants(platform, &packs).await?;
    for pack in packs.iter().filter(|pack| !tenants.contains_key(&pack.slug)) {
        problems.push(format!(
            "{}: no provider has the slug {:?}; invite the provider first, or name the folder \
             after its slug",
            pack.slug, pack.slug
        ));
    }
    if !problems.is_empty() {
        bail!(
            "nothing was applied, {} problem(s):\n  - {}",
            problems.len(),
            problems.join("\n  - ")
        );
    }
    let mut lines = Vec::with_capacity(packs.len());
    for pack in packs {
        let Some(tenant) = tenants.get(&pack.slug) else { continue };
        let count = pack.files.len();
        let slug = pack.slug.clone();
        let result = if store(platform, *tenant, pack).await? {
            format!("applied, with {count} theme file(s)")
        } else {
            "unchanged".to_owned()
        };
        lines.push(format!("{slug}: {result}"));
    }
    Ok(lines)
}

async fn tenants(platform: &Platform, packs: &[Pack]) -> anyhow::Result<HashMap<String, TenantId>> {
    let slugs: Vec<String> = packs.iter().map(|pack| pack.slug.clone()).collect();
    let mut tx = platform.db.platform("tenant packs").await.map_err(anyhow::Error::from)?;
    let rows = sqlx::query!("SELECT slug, tenant_id FROM providers WHERE slug = ANY($1)", &slugs)
        .fetch_all(&mut *tx)
        .await?;
    Ok(rows.into_iter().map(|row| (row.slug, TenantId(row.tenant_id))).collect())
}

/// Stores a pack; false if the same pack was stored before.
async fn store(platform: &Platform, tenant: TenantId, pack: Pack) -> anyhow::Result<bool> {
    let files = serde_json::to_value(&pack.files)?;
    let content_hash = token::content_hash(&serde_json::to_vec(
        &json!({"settings": pack.settings, "files": files}),
    )?);
    let mut tx = platform.db.tenant(tenant).await?;
    let done = sqlx::query!(
        r#"
        INSERT INTO tenant_packs AS stored (
            tenant_id, settings, files, content_hash, applied_at
        )
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant_id) DO UPDATE SET
            settings = excluded.settings, files = excluded.files,
            content_hash = excluded.content_hash, applied_at = excluded.applied_at
        WHERE stored.content_hash <> excluded.content_hash
        "#,
        tenant.0,
        pack.settings,
        files,
        content_hash,
        platform.clock.now(),
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    audit::record(
        &mut tx,
        Actor::System,
        tenant,
        "tenants_apply",
        &format!("provider {}", pack.slug),
        &json!({"content_hash": content_hash}),
    )
    .await?;
    tx.commit().await?;
    platform.broker.publish(Notice::ProviderChanged { tenant }).await;
    Ok(true)
}

/// Reads the packs in a folder and, if nothing is wrong with them so far, tries what they make of the
/// default theme.
fn read_and_try(dir: &Path, tenants_dir: &Path) -> anyhow::Result<(Vec<Pack>, Vec<String>)> {
    let (packs, mut problems) = read(dir, &tenants_dir.join(DEFAULT_PACK).join("theme"))?;
    if problems.is_empty() && packs.iter().any(|pack| !pack.files.is_empty()) {
        let themes = Themes::load(tenants_dir)?;
        for Pack { slug, settings, files } in packs.iter().filter(|pack| !pack.files.is_empty()) {
            let branding = themes.branding_from(slug, settings, serde_json::to_value(files)?)?;
            let failures = example_pages::failures(&branding.theme)?;
            problems.extend(failures.into_iter().map(|what| format!("{slug}: {what}")));
        }
    }
    Ok((packs, problems))
}

/// Reads the packs in a folder, and what is wrong with them.
fn read(dir: &Path, default: &Path) -> anyhow::Result<(Vec<Pack>, Vec<String>)> {
    let dir = fs::canonicalize(dir).with_context(|| format!("{} cannot be read", dir.display()))?;
    let mut folders = vec![];
    if dir.join(SETTINGS).exists() {
        folders.push(dir);
    } else {
        for entry in
            fs::read_dir(&dir).with_context(|| format!("{} cannot be read", dir.display()))?
        {
            let entry = entry?;
            if entry.file_type()?.is_dir() && !entry.file_name().to_string_lossy().starts_with('.')
            {
                folders.push(entry.path());
            }
        }
        folders.sort();
    }
    let (mut packs, mut problems) = (vec![], vec![]);
    for folder in folders {
        let slug =
            folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if slug == DEFAULT_PACK {
            continue;
        }
        let mut wrong = vec![];
        let settings = match fs::read_to_string(folder.join(SETTINGS)) {
            Ok(text) => settings::check(&text, &mut wrong),
            Err(error) => {
                wrong.push(format!("{SETTINGS} cannot be read: {error}"));
                Value::Null
            }
        };
        let mut files = PackFiles::new();
        if folder.join("theme").exists() {
            read_theme_folder(&folder.join("theme"), "", 1, &mut files, &mut wrong)?;
        }
        if folder.join("locales").exists() {
            let locales = folder.join("locales");
            read_theme_folder(&locales, texts::LOCALES, 1, &mut files, &mut wrong)?;
        }
        check_files(&files, default, &mut wrong);
        problems.extend(wrong.into_iter().map(|what| format!("{slug}: {what}")));
        packs.push(Pack { slug, settings, files });
    }
    Ok((packs, problems))
}

/// Reads the files below a folder of a theme.
fn read_theme_folder(
    folder: &Path,
    prefix: &str,
    depth: usize,
    files: &mut PackFiles,
    wrong: &mut Vec<String>,
) -> anyhow::Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEPTH_MAX {
            read_theme_folder(&entry.path(), &format!("{path}/"), depth + 1, files, wrong)?;
        } else if kind.is_dir() {
            wrong.push(format!("{} is more than {DEPTH_MAX} folders deep", in_pack(&path)));
        } else if !kind.is_file() {
            let path = in_pack(&path);
            wrong.push(format!("{path} is a link; replace it with the file itself"));
        } else if !EXTENSIONS.iter().any(|known| is(&name, known)) {
            wrong.push(format!(
                "{} is not a kind of file that a pack may contain; allowed are .{}",
                in_pack(&path),
                EXTENSIONS.join(", .")
            ));
        } else if entry.metadata()?.len() > FILE_BYTES_MAX {
            let path = in_pack(&path);
            wrong.push(format!("{path} is larger than {} KiB", FILE_BYTES_MAX / 1024));
        } else if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
            files.insert(path, text);
        } else {
            wrong.push(format!("{} is not text in UTF-8", in_pack(&path)));
        }
        if files.len() > FILES_MAX {
            wrong.push(format!("the pack has more than {FILES_MAX} files"));
            return Ok(());
        }
    }
    Ok(())
}

/// Checks that each file replaces one of the default theme, and that its templates can be parsed.
fn check_files(files: &PackFiles, default: &Path, wrong: &mut Vec<String>) {
    let bytes: usize = files.values().map(String::len).sum();
    if bytes > PACK_BYTES_MAX {
        wrong.push(format!("the pack has {bytes} bytes; the limit is {PACK_BYTES_MAX}"));
    }
    for (path, text) in files {
        if path.starts_with(texts::LOCALES) {
            // `default` is the theme folder, beside which the messages are.
            let defaults = default.parent().unwrap_or(default);
            wrong.extend(texts::wrong_messages(path, text, defaults));
            continue;
        }
        if !default.join(path).is_file() {
            wrong.push(format!(
                "theme/{path} is not a file of {DEFAULT_PACK}; a pack can only replace its files, \
                 so check the name"
            ));
        }
        if is(path, "hbs")
            && let Err(error) = handlebars::Template::compile(text)
        {
            let line = error.pos().map_or(String::new(), |(line, _)| format!(" on line {line}"));
            wrong.push(format!("theme/{path} cannot be parsed{line}: {}", error.reason()));
        }
        if is(path, "toml") {
            settings::check_subjects(
                path,
                text,
                &fs::read_to_string(default.join(path)).unwrap_or_default(),
                wrong,
            );
        }
    }
}

/// A file's path as it stands in the pack.
fn in_pack(path: &str) -> String {
    if path.starts_with(texts::LOCALES) { path.to_owned() } else { format!("theme/{path}") }
}

fn is(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == extension)
}
