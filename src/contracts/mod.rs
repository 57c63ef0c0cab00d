//! Contracts: SMP's templates by version, what each provider is offered of them, its signature and
//! SMP's, and whether a provider's contract is in force.
//!
//! Owns the tables `contract_templates` and `contracts`, and keeps `providers.contract_until` through
//! the providers slice. Everything is written in the platform's scope, because a template belongs to
//! no tenant.

mod api;
mod contract;
mod document;
mod in_force;
mod offering;
mod pdf;
mod reminders;
mod rules;
mod signing;
mod template;
mod template_api;

pub use api::ContractsApi;
pub use contract::{Contract, ContractState, get};
pub use in_force::{is_in_force, require_in_force};
pub use offering::on_event;
pub use reminders::{remind, tell_ended};
pub use template_api::ContractTemplatesApi;
