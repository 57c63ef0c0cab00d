//! Renders every page, email and SMS in every language, with examples of what it is given. A pack is tried this way when it is
//! applied, because a template that parses may still ask for what does not exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde_json::Value;

use super::Theme;
use crate::kernel::Locale;

/// Contexts by `<template>.<case>`; `pages/examples.rs` holds each to its type.
const EXAMPLES: &str = include_str!("../../../tenants/_default/examples.json");

/// Read once: the text is large. A test reads it too, so that it can be read here.
static READ: LazyLock<BTreeMap<String, Value>> =
    LazyLock::new(|| serde_json::from_str(EXAMPLES).unwrap_or_default());

/// The examples of a message's template in `emails` or `sms`, by their cases; that without a case first.
pub fn of_message(
    folder: &str,
    name: &str,
) -> impl Iterator<Item = (&'static str, &'static Value)> {
    READ.iter().filter_map(move |(key, context)| {
        let case = key.strip_prefix(folder)?.strip_prefix('/')?.strip_prefix(name)?;
        let case = if case.is_empty() { Some("") } else { case.strip_prefix('.') };
        Some((case?, context))
    })
}

/// Why a theme's templates cannot be rendered, with the template and the line.
pub fn failures(theme: &Theme) -> anyhow::Result<BTreeSet<String>> {
    anyhow::ensure!(!READ.is_empty(), "the examples of pages cannot be read");
    let mut failures = BTreeSet::new();
    for (name, context) in &*READ {
        let template = name.split('.').next().unwrap_or(name);
        for (locale, _) in Locale::OFFERED {
            let mut context = context.clone();
            context["locale"] = locale.tag().into();
            let rendered = match template.split_once('/') {
                Some(("emails", email)) => theme.email(email, &context).map(drop),
                Some(("sms", sms)) => theme.sms(sms, &context).map(drop),
                _ => theme.render(&format!("pages/{template}"), &context).map(drop),
            };
            if let Err(error) = rendered {
                failures.insert(format!("theme/{error}"));
            }
        }
    }
    Ok(failures)
}
