//! A sale as listings show it.

use super::{NamedProvider, Sale, SaleCard};

impl From<&Sale> for SaleCard {
    fn from(sale: &Sale) -> Self {
        Self {
            slug: sale.slug.clone(),
            url: sale.url.clone(),
            title: sale.title.clone(),
            summary: sale.summary.clone(),
            mode: sale.mode,
            phase: sale.phase.clone(),
            starts_at: sale.starts_at,
            ends_at: sale.ends_at,
            registration: sale.registration.clone(),
            provider: NamedProvider {
                name: sale.provider.name.clone(),
                slug: sale.provider.slug.clone(),
            },
            image: sale.image.clone(),
            price: sale.price.clone(),
            prices_vary: sale.prices_vary,
            compare_at: sale.compare_at.clone(),
            saving_percent: sale.saving_percent,
            level: sale.level,
        }
    }
}
