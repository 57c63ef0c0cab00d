//! What the law gives people over their data: a copy of it, and its erasure. Both ask every slice that
//! has some, through its `personal_data.rs`.
//!
//! Owns the table `data_exports`. `notifications` stands above: `worker` brings what it has.

mod api;
mod archive;
mod erasure;
mod exports;

pub use api::PrivacyApi;
pub use erasure::{
    ERASE, ERASURE_EMAIL, ERASURE_LINK_LIFETIME, ErasedAccount, ErasureLink, ErasureObstacle,
    begin_erasure, confirm_erasure, erase, needs_password, obstacles,
};
pub use exports::{
    DataExport, DataExportState, EXPORT, EXPORT_EVERY, ExportFile, ExportJob, WrittenExport,
    delete_past_exports, discard_export, export_file, exports_of, finish_export, remove_exports,
    request_export, write_export,
};
