//! What an order is settled with.

use crate::{
    ledger::SaleMoney,
    payments::{PaymentMove, PaymentState, gateway::Taken},
};

/// What an order is settled with.
#[derive(Debug, Clone)]
pub enum Settlement {
    Taken(Taken),
    /// The provider collects the money on delivery.
    Due {
        reference: String,
    },
}

impl Settlement {
    pub fn change(&self) -> PaymentMove<'_> {
        match self {
            Self::Taken(taken) => PaymentMove {
                reference: &taken.reference,
                method: taken.method.as_ref(),
                ..PaymentMove::to(PaymentState::Succeeded)
            },
            Self::Due { reference } => {
                PaymentMove { reference, ..PaymentMove::to(PaymentState::Due) }
            }
        }
    }

    /// As the ledger has it.
    pub fn money(&self) -> SaleMoney {
        match self {
            Self::Taken(_) => SaleMoney::Taken,
            Self::Due { .. } => SaleMoney::Due,
        }
    }
}
