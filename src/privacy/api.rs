//! The API of exporting and erasing one's own data.

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::Path,
    payload::{Binary, Json},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    erasure::{self, ErasureObstacle},
    exports::{self, DataExport, DataExportState},
};
use crate::{
    access::{Access, Anyone, Empty, SignedIn, SigningDevice, Tag, limits::limit_sign_in},
    kernel::{Input, Result},
    platform::Platform,
};

pub struct PrivacyApi {
    pub platform: Platform,
}

/// An export of my data.
#[derive(Object)]
#[oai(rename = "DataExport")]
struct DataExportView {
    id: Uuid,
    state: DataExportState,
    requested_at: OffsetDateTime,
    ready_at: Option<OffsetDateTime>,
    /// Until when its file can be downloaded.
    expires_at: Option<OffsetDateTime>,
    size_bytes: Option<i64>,
}

#[derive(Object)]
struct DataExportList {
    /// The newest first, at most 20.
    items: Vec<DataExportView>,
}

#[derive(ApiResponse)]
enum DataExportMade {
    /// It is being written.
    #[oai(status = 202)]
    Accepted(Json<DataExportView>),
}

#[derive(ApiResponse)]
enum DataExportFile {
    /// A ZIP of JSON files.
    #[oai(status = 200, content_type = "application/zip")]
    File(
        Binary<Vec<u8>>,
        #[oai(header = "Content-Disposition")] String,
        #[oai(header = "Cache-Control")] String,
    ),
}

/// Whether my account can be deleted.
#[derive(Object)]
struct ErasureView {
    /// Whether the password is asked for: the sign-in is more than 10 minutes ago.
    needs_password: bool,
    /// What is in the way; empty: nothing.
    obstacles: Vec<ErasureObstacleView>,
}

#[derive(Object)]
#[oai(rename = "ErasureObstacle")]
struct ErasureObstacleView {
    /// `open_orders`, `held_units`, `refund_under_way`, `last_owner` or `last_admin`.
    code: String,
    /// What it is, and what to do.
    detail: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ErasureInput {
    /// Needed unless the sign-in is fresh.
    password: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ErasureConfirmInput {
    /// Of the mailed link.
    token: String,
}

#[derive(ApiResponse)]
enum ErasureBegun {
    /// The link is on its way.
    #[oai(status = 202)]
    Accepted,
}

impl From<DataExport> for DataExportView {
    fn from(export: DataExport) -> Self {
        Self {
            expires_at: export.expires_at(),
            id: export.id,
            state: export.state,
            requested_at: export.requested_at,
            ready_at: export.ready_at,
            size_bytes: export.size_bytes,
        }
    }
}

impl From<&ErasureObstacle> for ErasureObstacleView {
    fn from(obstacle: &ErasureObstacle) -> Self {
        Self { code: obstacle.code().to_owned(), detail: obstacle.text() }
    }
}

#[OpenApi(tag = "Tag::Access")]
impl PrivacyApi {
    /// Export my data
    ///
    /// Has everything that concerns the account written into a ZIP of JSON files. An email says when it
    /// is ready; its file can be downloaded for seven days.
    ///
    /// One at a time, and one a day: otherwise the answer is 409 `urn:smp:export_under_way` or
    /// `urn:smp:export_too_soon`, which says from when on.
    #[oai(path = "/me/exports", method = "post", operation_id = "my_export_create")]
    async fn my_export_create(&self, caller: SignedIn) -> Result<DataExportMade> {
        let export = exports::request_export(&self.platform, caller.account()).await?;
        Ok(DataExportMade::Accepted(Json(export.into())))
    }

    /// The exports of my data
    ///
    /// The newest first, with their state and until when each can be downloaded.
    #[oai(path = "/me/exports", method = "get", operation_id = "my_export_list")]
    async fn my_export_list(&self, caller: SignedIn) -> Result<Json<DataExportList>> {
        let mut tx = self.platform.db.shopper(Some(caller.account())).await?;
        let items = exports::exports_of(&mut tx, caller.account()).await?;
        Ok(Json(DataExportList { items: items.into_iter().map(Into::into).collect() }))
    }

    /// Download an export of my data
    ///
    /// A ZIP. Another account's export is a 404. 409 `urn:smp:export_under_way` while it is being
    /// written, `urn:smp:export_expired` after seven days.
    #[oai(path = "/me/exports/:export/file", method = "get", operation_id = "my_export_file")]
    async fn my_export_file(&self, caller: SignedIn, export: Path<Uuid>) -> Result<DataExportFile> {
        let file = exports::export_file(&self.platform, caller.account(), export.0).await?;
        let disposition = format!("attachment; filename=\"{}\"", file.name);
        Ok(DataExportFile::File(Binary(file.bytes), disposition, "no-store".to_owned()))
    }

    /// Whether my account can be deleted
    ///
    /// What is in the way, such as orders that are not delivered yet, and whether the password is asked
    /// for.
    #[oai(path = "/me/erasure", method = "get", operation_id = "my_erasure_get")]
    async fn my_erasure_get(&self, caller: SignedIn) -> Result<Json<ErasureView>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("erasure").await?;
        let obstacles = erasure::obstacles(&mut tx, caller.account(), now).await?;
        Ok(Json(ErasureView {
            needs_password: erasure::needs_password(&caller.0, now),
            obstacles: obstacles.iter().map(Into::into).collect(),
        }))
    }

    /// Ask for my account to be deleted
    ///
    /// Mails a link that is valid for an hour; nothing is deleted before it is confirmed. The password
    /// is needed unless the caller signed in within the last 10 minutes; a wrong one is a 422 on
    /// `password`. Five times in ten minutes; beyond that the answer is 429.
    ///
    /// 409 `urn:smp:erasure_blocked` says what is in the way.
    #[oai(path = "/me/erasure", method = "post", operation_id = "my_erasure_begin")]
    async fn my_erasure_begin(
        &self,
        caller: SignedIn,
        device: SigningDevice,
        body: Input<ErasureInput>,
    ) -> Result<ErasureBegun> {
        let password = body.0.password.as_deref();
        erasure::begin_erasure(&self.platform, &caller.0, password, &device.device()).await?;
        Ok(ErasureBegun::Accepted)
    }

    /// Confirm that my account is deleted
    ///
    /// With the token of the mailed link, once. All sessions and roles of the account end at once. Then
    /// what it says of the person is erased; orders stay without name and address, and invoices and the
    /// ledger stay as the law asks. The address is free for a new account.
    ///
    /// 400 `urn:smp:token_unknown`, 410 `urn:smp:token_expired`, 409 `urn:smp:token_used` or
    /// `urn:smp:erasure_blocked`.
    #[oai(
        path = "/erasure",
        method = "post",
        operation_id = "erasure_confirm",
        transform = "limit_sign_in"
    )]
    async fn erasure_confirm(
        &self,
        _anyone: Anyone,
        body: Input<ErasureConfirmInput>,
        access: Data<&Access>,
    ) -> Result<Empty> {
        erasure::confirm_erasure(&self.platform, &access.sessions, &body.0.token).await?;
        Ok(Empty::Done)
    }
}
