//! Who makes a request and what they may do: accounts and the ways to sign in to them, sessions, the
//! roles of members, API keys, the policy, rate limits, the audit log.

mod account_api;
mod account_mail;
pub mod account_tokens;
pub mod accounts;
mod actor;
pub mod address_change;
mod api;
pub mod api_keys;
mod api_keys_api;
pub mod audit;
mod audit_api;
mod authenticator;
pub mod caller;
mod context;
pub mod credentials;
pub mod devices;
pub mod edits;
pub mod external_identities;
mod factor_codes;
mod factor_grace;
pub mod factor_store;
pub mod identity_providers;
mod invitation_rules;
pub mod language;
mod last_seen;
pub mod limits;
mod member_changes;
pub mod members;
mod method_changes;
pub mod passkeys;
mod passwords;
mod permissions;
mod personal_data;
mod phone_api;
pub mod phones;
pub mod policy;
pub mod preferences;
pub mod profile;
mod profile_api;
mod provider_calls;
pub mod recovery;
mod rehearsal;
pub mod second_factor;
mod second_factor_api;
pub mod second_step;
mod session;
mod session_events;
pub mod sessions;
pub mod sign_in;
pub mod sign_in_methods;
mod sign_in_methods_api;
pub mod sign_up;
mod staff;
mod staff_api;
mod staff_changes;
mod staff_invitations;
mod unsubscribing;
pub mod verification;

pub use account_api::AccountApi;
pub use account_mail::{ACCOUNT_MAIL, AccountMail, UndoLink};
pub use actor::{Actor, names as actor_names};
pub use api::{AccessApi, Empty, Me, SignedInResponse, Tag, begin_session, opened_session};
pub use api_keys_api::ApiKeyApi;
pub use audit_api::AuditApi;
pub use authenticator::AppSetUp;
pub use caller::{Anyone, KeyHolder, Member, MemberOrKey, SignedIn, Staff};
pub use context::Access;
pub use devices::cookie as device_cookie;
pub use last_seen::LastSeen;
pub use member_changes::{
    remove as remove_member, resume as resume_member, set_roles as set_member_roles,
    suspend as suspend_member,
};
pub use permissions::callers_in_words;
pub use personal_data::{
    erase as erase_account, export_of as export_of_account, is_last_admin, lock_teams, owned_alone,
    shut as shut_account,
};
pub use phone_api::{CallerNetwork, PhoneApi};
pub use profile_api::ProfileApi;
pub use rehearsal::{
    RehearsalShopper, create_rehearsal_shoppers, remove_rehearsal_shoppers,
    remove_rehearsal_shoppers_before,
};
pub use second_factor_api::SecondFactorApi;
pub use session_events::{SESSION_STREAM_PATH, session_stream};
pub use sessions::{COOKIE as SESSION_COOKIE, Session, Sessions};
pub use sign_in::{Device, FirstFactor, OpenedSession, SignInStep, SigningDevice};
pub use sign_in_methods_api::SignInMethodsApi;
pub use staff::{StaffMember, StaffRole, list as staff_members, member as staff_member};
pub use staff_api::StaffApi;
pub use staff_changes::{
    STAFF_INVITATION_EMAIL, change_roles as change_staff_roles, grant as grant_staff_role,
    remove as remove_staff, resume as resume_staff, suspend as suspend_staff,
};
pub use staff_invitations::delete_expired as delete_expired_staff_invitations;
pub use unsubscribing::UnsubscribeLink;
