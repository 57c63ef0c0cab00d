//! Every gateway there is.

use super::{card_gateway::Gateway, sandbox::Sandbox};
use crate::kernel::{FieldError, Result};

static GATEWAYS: &[&dyn Gateway] = &[&Sandbox];

/// The gateway of a name; an unknown one is an error on `gateway`.
pub fn gateway(name: &str) -> Result<&'static dyn Gateway> {
    GATEWAYS.iter().copied().find(|gateway| gateway.name() == name).ok_or_else(|| {
        let known: Vec<_> = GATEWAYS.iter().map(|gateway| gateway.name()).collect();
        FieldError::new(
            "gateway",
            format!("{name:?} is not a way to pay here; use one of {}", known.join(", ")),
        )
        .into()
    })
}
