//! Countries: those of ISO 3166-1, with English names.

use std::{collections::HashMap, sync::LazyLock};

/// The names of everyday English where the standard's is the full name of the state.
const SHORT_NAMES: [(&str, &str); 2] = [("GB", "United Kingdom"), ("US", "United States")];

static ALL: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for country in rust_iso3166::ALL {
        *count.entry(without_addition(country.name)).or_default() += 1;
    }
    let mut all: Vec<Country> = rust_iso3166::ALL
        .iter()
        .map(|country| {
            let short = without_addition(country.name);
            // There are two countries named Congo, and two named Korea.
            let name = if count[short] == 1 { short } else { country.name };
            let everyday = SHORT_NAMES.iter().find(|(code, _)| *code == country.alpha2);
            Country { code: country.alpha2, name: everyday.map_or(name, |(_, name)| name) }
        })
        .collect();
    all.sort_unstable_by_key(|country| country.code);
    all
});

/// A country or territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2, e.g. `DE`.
    pub code: &'static str,
    /// In English.
    pub name: &'static str,
}

impl Country {
    /// Every country, by code.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The country of an ISO 3166-1 alpha-2 code in capitals.
    pub fn find(code: &str) -> Option<Self> {
        ALL.binary_search_by_key(&code, |country| country.code).ok().map(|index| ALL[index])
    }

    /// The name of a country, for people; the code itself if there is no such country.
    pub fn name_of(code: &str) -> &str {
        Self::find(code).map_or(code, |country| country.name)
    }
}

/// The standard adds a form of government to some names: `Bolivia (Plurinational State of)`.
fn without_addition(name: &str) -> &str {
    name.split(" (").next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_have_the_names_people_use() {
        let names = ["DE", "GB", "US", "NL", "BO", "CZ", "KR", "CD", "CG", "XX"];
        assert_eq!(
            names.map(Country::name_of),
            [
                "Germany",
                "United Kingdom",
                "United States",
                "Netherlands",
                "Bolivia",
                "Czechia",
                "Korea (Republic of)",
                "Congo (Democratic Republic of the)",
                "Congo",
                "XX"
            ]
        );
        assert!(Country::all().len() > 240);
    }

    #[test]
    fn no_two_countries_have_one_name() {
        let mut names: Vec<_> = Country::all().iter().map(|country| country.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
