//! Vetting: leads, the application, the requirements that SMP defines and a provider answers, what
//! both sides write about them, and the decision. Of a foreign table it reads `providers`: leads
//! and the queue follow the provider's state.

mod answers;
mod application;
mod application_api;
mod applying;
mod clock;
mod decision;
mod definition_api;
mod definitions;
mod inputs;
mod lead_api;
mod leads;
mod queue;
mod remarks;
mod requirement_api;
mod requirements;
mod rules;
mod steps;

pub use application_api::ApplicationApi;
pub use clock::{require_in_force, run_due};
pub use definition_api::DefinitionApi;
pub use lead_api::LeadApi;
pub use requirement_api::RequirementApi;
