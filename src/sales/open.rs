//! Whether a published sale sells now. Every place that asks (holding, checkout, click-out,
//! registration, waitlist, listing, pages) asks here, and refuses with the same codes and texts.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    published::PublishedSale,
    states::{SaleMode, SaleState},
};
use crate::{contracts, kernel::Error, providers::ProviderState};

/// Why a published sale does not sell now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOpen {
    Cancelled,
    Ended,
    Halted,
    /// Its provider is suspended.
    ProviderNotSelling,
    /// Its provider has no contract in force.
    NoContract,
    /// What it brings could not be paid to its provider.
    NoPayouts,
    NotStarted {
        starts_at: OffsetDateTime,
    },
}

impl NotOpen {
    /// The error code of a refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Ended => "ended",
            Self::Halted | Self::ProviderNotSelling | Self::NoContract | Self::NoPayouts => {
                "halted"
            }
            Self::NotStarted { .. } => "not_started",
        }
    }

    /// The reason and what to do, as a sentence about the sale.
    pub fn detail(self) -> String {
        match self {
            Self::Cancelled => "This sale was cancelled.".to_owned(),
            Self::Ended => "This sale has ended.".to_owned(),
            Self::Halted => "This sale is halted at the moment. Try again later.".to_owned(),
            Self::ProviderNotSelling | Self::NoContract | Self::NoPayouts => {
                "This seller is not selling at the moment. Try again later.".to_owned()
            }
            Self::NotStarted { starts_at } => {
                let starts_at = starts_at.format(&Rfc3339).unwrap_or_default();
                format!("This sale starts at {starts_at}. Come back then.")
            }
        }
    }
}

impl From<NotOpen> for Error {
    fn from(reason: NotOpen) -> Self {
        Self::conflict(reason.code(), reason.detail())
    }
}

impl PublishedSale {
    /// Whether the sale sells at `now`, by its state, its provider's, the provider's contract and the clock. Of several
    /// reasons the final ones come first: nobody should wait for the end of a halt when the sale
    /// is over.
    pub fn check_open(&self, now: OffsetDateTime) -> Result<(), NotOpen> {
        match self.check_not_stopped(now) {
            Err(NotOpen::Cancelled) => Err(NotOpen::Cancelled),
            _ if now >= self.content.ends_at => Err(NotOpen::Ended),
            Err(reason) => Err(reason),
            Ok(()) if now < self.content.starts_at => {
                Err(NotOpen::NotStarted { starts_at: self.content.starts_at })
            }
            Ok(()) => Ok(()),
        }
    }

    /// The same whatever its start and end are: checkout of units that are already held goes on after
    /// the end, and registration begins before the start. A rehearsal sells nothing and needs no
    /// contract. Only what a hosted sale brings has to be paid to its provider.
    pub fn check_not_stopped(&self, now: OffsetDateTime) -> Result<(), NotOpen> {
        let may_sell = self.rehearsal || contracts::is_in_force(self.contract_until, now);
        let pays = self.can_be_paid || self.rehearsal || self.content.mode == SaleMode::Redirect;
        match (self.state, self.provider_state) {
            (SaleState::Cancelled, _) => Err(NotOpen::Cancelled),
            (SaleState::Approved, ProviderState::Approved) if may_sell && pays => Ok(()),
            (SaleState::Approved, ProviderState::Approved) if may_sell => Err(NotOpen::NoPayouts),
            (SaleState::Approved, ProviderState::Approved) => Err(NotOpen::NoContract),
            (SaleState::Approved, _) => Err(NotOpen::ProviderNotSelling),
            _ => Err(NotOpen::Halted),
        }
    }
}
