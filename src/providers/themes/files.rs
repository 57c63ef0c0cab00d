//! The files of a theme, and the pack whose files all others inherit.

use std::collections::BTreeMap;

/// The pack that all others inherit from.
pub const DEFAULT_PACK: &str = "_default";

/// The files of a theme: path below `theme/` → content.
pub type ThemeFiles = BTreeMap<String, Vec<u8>>;
