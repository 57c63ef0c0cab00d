//! Who makes a request and what they may do: accounts, sessions, the roles of members, API keys, the
//! policy, rate limits, the audit log.

pub mod accounts;
mod actor;
mod api;
pub mod api_keys;
mod api_keys_api;
pub mod audit;
mod audit_api;
pub mod caller;
mod context;
pub mod edits;
mod last_seen;
pub mod limits;
mod member_changes;
pub mod members;
mod passwords;
mod permissions;
pub mod policy;
mod rehearsal;
mod session_events;
pub mod sessions;
mod staff;
mod staff_api;
mod staff_changes;
mod staff_invitations;

pub use actor::{Actor, names as actor_names};
pub use api::{AccessApi, Empty, SignedInResponse, Tag, open_session};
pub use api_keys_api::ApiKeyApi;
pub use audit_api::AuditApi;
pub use caller::{Anyone, KeyHolder, Member, MemberOrKey, SignedIn, Staff};
pub use context::Access;
pub use last_seen::LastSeen;
pub use member_changes::{
    remove as remove_member, resume as resume_member, set_roles as set_member_roles,
    suspend as suspend_member,
};
pub use permissions::callers_in_words;
pub use rehearsal::{
    RehearsalShopper, create_rehearsal_shoppers, remove_rehearsal_shoppers,
    remove_rehearsal_shoppers_before,
};
pub use session_events::{SESSION_STREAM_PATH, session_stream};
pub use sessions::{COOKIE as SESSION_COOKIE, Session, Sessions};
pub use staff::{StaffMember, StaffRole, list as staff_members, member as staff_member};
pub use staff_api::StaffApi;
pub use staff_changes::{
    STAFF_INVITATION_EMAIL, change_roles as change_staff_roles, grant as grant_staff_role,
    remove as remove_staff, resume as resume_staff, suspend as suspend_staff,
};
pub use staff_invitations::delete_expired as delete_expired_staff_invitations;
