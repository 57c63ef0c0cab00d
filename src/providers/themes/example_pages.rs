//! Renders every page and email in every language, with examples of what it is given. A pack is tried this way when it is
//! applied, because a template that parses may still ask for what does not exist.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde_json::Value;

use super::Theme;
use crate::kernel::Locale;

/// Contexts by `<template>.<case>`; `pages/examples.rs` holds each to its type.
const EXAMPLES: &str = include_str!("../../../tenants/_default/examples.json");

/// Why a theme's templates cannot be rendered, with the template and the line.
pub fn failures(theme: &Theme) -> anyhow::Result<BTreeSet<String>> {
    let examples: BTreeMap<String, Value> =
        serde_json::from_str(EXAMPLES).context("the examples of pages")?;
    let mut failures = BTreeSet::new();
    for (name, context) in &examples {
        let template = name.split('.').next().unwrap_or(name);
        for (locale, _) in Locale::OFFERED {
            let mut context = context.clone();
            context["locale"] = locale.tag().into();
            let rendered = match template.strip_prefix("emails/") {
                Some(email) => theme.email(email, &context).map(drop),
                None => theme.render(&format!("pages/{template}"), &context).map(drop),
            };
            if let Err(error) = rendered {
                failures.insert(format!("theme/{error}"));
            }
        }
    }
    Ok(failures)
}
