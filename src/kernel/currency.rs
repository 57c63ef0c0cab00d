//! Currencies: those of ISO 4217 that people pay with.

use std::{fmt, sync::LazyLock};

use iso_currency::IntoEnumIterator;

/// How English writes a currency before an amount, where that is not its code (CLDR's `en`).
const SYMBOLS: [(&str, &str); 13] = [
    ("AUD", "A$"),
    ("BRL", "R$"),
    ("CAD", "CA$"),
    ("CNY", "CN¥"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("HKD", "HK$"),
    ("INR", "₹"),
    ("JPY", "¥"),
    ("KRW", "₩"),
    ("MXN", "MX$"),
    ("NZD", "NZ$"),
    ("USD", "$"),
];

static ALL: LazyLock<Vec<Currency>> = LazyLock::new(|| {
    let mut all: Vec<Currency> =
        iso_currency::Currency::iter().filter_map(Currency::in_circulation).collect();
    all.sort_unstable_by_key(|currency| currency.code());
    all
});

/// A currency in circulation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Every currency, by code.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The currency of an ISO 4217 code in capitals.
    pub fn find(code: &str) -> Option<Self> {
        Self::in_circulation(iso_currency::Currency::from_code(code)?)
    }

    /// ISO 4217, e.g. `EUR`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// In English.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Decimals of an amount: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn minor_digits(self) -> u32 {
        self.0.exponent().unwrap_or_default().into()
    }

    /// How an amount begins: `€`, or the code and a space.
    pub fn prefix(self) -> String {
        let symbol = SYMBOLS.iter().find(|(code, _)| *code == self.code());
        symbol.map_or_else(|| format!("{} ", self.code()), |(_, symbol)| (*symbol).to_owned())
    }

    /// Leaves out metals, units of account and currencies that another one replaced.
    fn in_circulation(currency: iso_currency::Currency) -> Option<Self> {
        let is_money = currency.exponent().is_some()
            && !currency.is_fund()
            && !currency.is_special()
            && currency.is_superseded().is_none();
        is_money.then_some(Self(currency))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_one_that_people_pay_with() {
        let digits = |code| Currency::find(code).map(Currency::minor_digits);
        assert_eq!(
            ["EUR", "JPY", "KWD", "XAU", "BOV", "HRK", "eur", ""].map(digits),
            [Some(2), Some(0), Some(3), None, None, None, None, None]
        );
        assert!(Currency::all().len() > 140, "{:?}", Currency::all());
        assert!(Currency::all().is_sorted_by_key(|currency| currency.code()));
        for (code, _) in SYMBOLS {
            assert!(Currency::find(code).is_some(), "{code}");
        }
    }
}
