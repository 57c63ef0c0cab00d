//! Files in S3: the originals that providers upload, and the renditions that pages show.
//!
//! If no S3 is configured, this process is one: [`embedded_endpoint`] answers the same calls from the
//! data folder, presigned URLs included.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use anyhow::{Context, ensure};
use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, RequestChecksumCalculation,
        ResponseChecksumValidation, timeout::TimeoutConfig,
    },
    error::DisplayErrorContext,
    operation::get_object::GetObjectError,
    presigning::PresigningConfig,
    types::CreateBucketConfiguration,
};
use aws_smithy_http_client::tls;
use futures_util::TryStreamExt;
use http::{Method, StatusCode, Uri};
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};

/// The embedded store names a file by its key in base64, and a file name has at most 255 bytes.
pub const KEY_BYTES_MAX: usize = 150;
/// A larger object is not read into memory.
const READ_BYTES_MAX: i64 = 64 << 20;
/// The region in which S3 creates a bucket by default.
const FIRST_REGION: &str = "us-east-1";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// One attempt of one call, uploads by this process included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Where the files are stored.
pub struct ObjectsConfig {
    /// `None`: this process.
    pub endpoint: Option<String>,
    /// The address for browsers; `None`: the same one.
    pub public_endpoint: Option<String>,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

/// One bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Objects {
    client: Client,
    /// Signs URLs for browsers: the address is part of the signature.
    public: Client,
    bucket: String,
}

/// What a browser needs to send one file straight to S3: a PUT to `url` with exactly `headers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresignedUpload {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub expires_in_seconds: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub content_type: String,
    pub bytes: Vec<u8>,
}

impl Objects {
    /// Makes no request. Without `config.endpoint` the files are behind `embedded_endpoint` (say
    /// `http://127.0.0.1:8080`), which browsers reach as `embedded_public`.
    pub fn connect(config: &ObjectsConfig, embedded_endpoint: &str, embedded_public: &str) -> Self {
        let (endpoint, public) = match &config.endpoint {
            Some(endpoint) => {
                (endpoint.as_str(), config.public_endpoint.as_deref().unwrap_or(endpoint))
            }
            None => {
                (embedded_endpoint, config.public_endpoint.as_deref().unwrap_or(embedded_public))
            }
        };
        Self {
            client: client(config, endpoint),
            public: client(config, public),
            bucket: config.bucket.clone(),
        }
    }

    /// Creates the bucket unless it exists. The embedded one always does.
    pub async fn ensure_bucket(&self) -> anyhow::Result<()> {
        let Err(error) = self.client.head_bucket().bucket(&self.bucket).send().await else {
            return Ok(());
        };
        if status(&error) == Some(404) {
            // S3 wants the region named, except for the default one, which must not be named.
            let region = self
                .client
                .config()
                .region()
                .map(Region::as_ref)
                .filter(|region| *region != FIRST_REGION);
            let location = region.map(|region| {
                CreateBucketConfiguration::builder().location_constraint(region.into()).build()
            });
            let created = self
                .client
                .create_bucket()
                .bucket(&self.bucket)
                .set_create_bucket_configuration(location)
                .send()
                .await;
            // Another node may have created it first.
            if created.as_ref().err().and_then(status) != Some(409) {
                created.map_err(|error| explain("create the bucket", &self.bucket, &error))?;
            }
            return Ok(());
        }
        Err(explain("reach the bucket", &self.bucket, &error))
    }

    /// A URL to PUT one file of this type and size to, valid for `expires_in` (a week at most). Type
    /// and size are signed, so S3 refuses others. `headers` omits those that a browser sets itself:
    /// host and length.
    pub async fn presign_put(
        &self,
        key: &str,
        content_type: &str,
        size_bytes: i64,
        expires_in: Duration,
    ) -> anyhow::Result<PresignedUpload> {
        check_key(key)?;
        ensure!(size_bytes >= 0, "a file cannot have {size_bytes} bytes");
        let presigning = PresigningConfig::expires_in(expires_in)
            .with_context(|| format!("an upload URL cannot be valid for {expires_in:?}"))?;
        let put = self
            .public
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .content_length(size_bytes);
        let signed = put
            .presigned(presigning)
            .await
            .map_err(|error| explain("sign an upload of", key, &error))?;
        let headers = signed.headers().filter(|(name, _)| {
            !["host", "content-length"].contains(&name.to_ascii_lowercase().as_str())
        });
        Ok(PresignedUpload {
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            url: signed.uri().to_owned(),
            expires_in_seconds: u32::try_from(expires_in.as_secs())?,
        })
    }

    /// Stores `bytes` under `key`, replacing an earlier object.
    pub async fn put(&self, key: &str, content_type: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        check_key(key)?;
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .body(bytes.into());
        put.send().await.map(drop).map_err(|error| explain("store", key, &error))
    }

    /// The object, or `None` if there is none. An object of more than 64 MiB is an error.
    pub async fn get(&self, key: &str) -> anyhow::Result<Option<Object>> {
        check_key(key)?;
        let found = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(found) => found,
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                return Ok(None);
            }
            Err(error) => return Err(explain("read", key, &error)),
        };
        let size_bytes = found.content_length.unwrap_or(0);
        ensure!(
            size_bytes <= READ_BYTES_MAX,
            "the file {key} has {size_bytes} bytes; at most {READ_BYTES_MAX} are read"
        );
        let content_type =
            found.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        let bytes = found
            .body
            .collect()
            .await
            .with_context(|| format!("cannot read all of the file {key}"))?
            .to_vec();
        Ok(Some(Object { content_type, bytes }))
    }

    /// The size in bytes, or `None` if there is no such object.
    pub async fn head(&self, key: &str) -> anyhow::Result<Option<i64>> {
        check_key(key)?;
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(found) => {
                Ok(Some(found.content_length.context("S3 did not tell the size of the file")?))
            }
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(explain("inspect", key, &error)),
        }
    }

    /// Deletes an object; succeeds also if there is none.
    pub async fn delete(&self, key: &str) -> anyhow::Result<()> {
        check_key(key)?;
        let deleted = self.client.delete_object().bucket(&self.bucket).key(key).send().await;
        deleted.map(drop).map_err(|error| explain("delete", key, &error))
    }
}

fn client(config: &ObjectsConfig, endpoint: &str) -> Client {
    let connector = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let settings = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(connector)
        .endpoint_url(endpoint)
        .force_path_style(true)
        .region(Region::new(config.region.clone()))
        .credentials_provider(Credentials::new(
            &config.access_key,
            &config.secret_key,
            None,
            None,
            "smp",
        ))
        .timeout_config(timeouts)
        // A presigned URL cannot contain the checksum of a file that does not exist yet.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    Client::from_conf(settings.build())
}

fn status<E>(error: &aws_sdk_s3::error::SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn explain<E: std::error::Error + 'static>(
    what: &str,
    name: &str,
    error: &aws_sdk_s3::error::SdkError<E>,
) -> anyhow::Error {
    anyhow::anyhow!(
        "S3 cannot {what} {name}; check S3_ENDPOINT, its keys and its bucket: {}",
        DisplayErrorContext(error)
    )
}

/// A key is a relative path: no empty segment, no `.` or `..`, no control character, 150 bytes at
/// most.
fn check_key(key: &str) -> anyhow::Result<()> {
    let plain = !key.chars().any(|c| c.is_control() || c == '\\')
        && !key.split('/').any(|segment| ["", ".", ".."].contains(&segment));
    ensure!(
        plain,
        "{key:?} is not a valid key: it must not have an empty segment, a segment . or .., \
         or a control character"
    );
    ensure!(
        key.len() <= KEY_BYTES_MAX,
        "{key:?} has {} bytes; a key has at most {KEY_BYTES_MAX}",
        key.len()
    );
    Ok(())
}

/// The embedded S3 of one folder.
struct Store {
    service: S3Service,
    root: PathBuf,
    bucket: String,
    access_key: String,
    secret_key: String,
    /// Two instances of `s3s_fs::FileSystem` in one folder would write to the same temporary files.
    _lock: File,
}

/// The open stores by folder: a second endpoint in this process shares the store of the first.
static STORES: Mutex<BTreeMap<PathBuf, Weak<Store>>> = Mutex::new(BTreeMap::new());

/// An S3 with one bucket in `<data>/files`, to be mounted at `/{bucket}` of this process's HTTP
/// server; the mount may strip the prefix. Host and path must arrive as the client signed them, and
/// responses must not be compressed.
pub fn embedded_endpoint(
    data: &Path,
    bucket: &str,
    access_key: &str,
    secret_key: &str,
) -> anyhow::Result<impl poem::Endpoint<Output = poem::Response> + 'static + use<>> {
    let store = open_store(data, bucket, access_key, secret_key)?;
    Ok(poem::endpoint::make(move |request| {
        let store = Arc::clone(&store);
        async move { Ok::<_, poem::Error>(answer(&store, request).await) }
    }))
}

fn open_store(
    data: &Path,
    bucket: &str,
    access_key: &str,
    secret_key: &str,
) -> anyhow::Result<Arc<Store>> {
    let root = data.join("files");
    fs::create_dir_all(root.join(bucket))
        .with_context(|| format!("cannot create the folder {} for files", root.display()))?;
    let root =
        fs::canonicalize(&root).with_context(|| format!("cannot look at {}", root.display()))?;
    let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(store) = stores.get(&root).and_then(Weak::upgrade) {
        let same = store.bucket == bucket
            && store.access_key == access_key
            && store.secret_key == secret_key;
        ensure!(same, "{} is already served with another bucket or key", root.display());
        return Ok(store);
    }
    let lock_path = root.with_extension("lock");
    let lock = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .with_context(|| format!("cannot open {}", lock_path.display()))?;
    lock.try_lock().with_context(|| {
        format!(
            "another smp serves {}; set S3_ENDPOINT to its address, or SMP_DATA to another folder",
            root.display()
        )
    })?;
    let files = s3s_fs::FileSystem::new(&root).map_err(|error| {
        anyhow::anyhow!("cannot use the folder {} for files: {error:?}", root.display())
    })?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(access_key, secret_key));
    let store = Arc::new(Store {
        service: service.build(),
        root: root.clone(),
        bucket: bucket.to_owned(),
        access_key: access_key.to_owned(),
        secret_key: secret_key.to_owned(),
        _lock: lock,
    });
    stores.retain(|_, store| store.strong_count() > 0);
    stores.insert(root, Arc::downgrade(&store));
    Ok(store)
}

/// Answers a request. Bodies are streamed in both directions.
async fn answer(store: &Store, request: poem::Request) -> poem::Response {
    let uri = request.original_uri().clone();
    if let Err((status, code, message)) = check_request(store, &request, &uri) {
        return refusal(status, code, message);
    }
    let (mut parts, body) = http::Request::from(request).into_parts();
    // The client signed the path with the bucket, which the mount may have stripped.
    parts.uri = uri;
    match store.service.call(http::Request::from_parts(parts, s3s::Body::http_body(body))).await {
        Ok(answer) => {
            let (parts, body) = answer.into_parts();
            let mut response = poem::Response::builder()
                .status(parts.status)
                .body(poem::Body::from_bytes_stream(body.map_err(std::io::Error::other)));
            *response.headers_mut() = parts.headers;
            response
        }
        Err(error) => {
            tracing::error!("the embedded S3 failed: {error:?}");
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "see the server's log")
        }
    }
}

type Refusal = (StatusCode, &'static str, &'static str);

/// Accepts the calls that [`Objects`] makes, and no others of S3. Signatures are checked afterwards.
fn check_request(store: &Store, request: &poem::Request, uri: &Uri) -> Result<(), Refusal> {
    const NOT_FOUND: Refusal = (StatusCode::NOT_FOUND, "NoSuchKey", "there is no such file");
    const BAD_KEY: Refusal =
        (StatusCode::BAD_REQUEST, "InvalidURI", "a key has no empty segment and no . or ..");
    const NOT_OFFERED: Refusal = (
        StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        "this S3 supports PUT, GET, HEAD and DELETE of single objects",
    );
    let path = decode_path(uri.path()).ok_or(BAD_KEY)?;
    let below = path
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(store.bucket.as_str()))
        .ok_or(NOT_FOUND)?;
    let method = request.method();
    if below.is_empty() || below == "/" {
        return if [Method::HEAD, Method::PUT].contains(method) {
            Ok(())
        } else {
            Err(NOT_OFFERED)
        };
    }
    let key = below.strip_prefix('/').ok_or(NOT_FOUND)?;
    check_key(key).map_err(|_| BAD_KEY)?;
    // A copy names its source in a header, which would be one more path to check.
    if ![Method::PUT, Method::GET, Method::HEAD, Method::DELETE].contains(method)
        || request.header("x-amz-copy-source").is_some()
    {
        return Err(NOT_OFFERED);
    }
    // The common prefix of several keys is a folder here, and not an object.
    if method != Method::PUT && store.root.join(&store.bucket).join(key).is_dir() {
        return Err(NOT_FOUND);
    }
    Ok(())
}

fn decode_path(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            *hex::decode(digits).ok()?.first()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

fn refusal(status: StatusCode, code: &str, message: &str) -> poem::Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    poem::Response::builder().status(status).content_type("application/xml").body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_could_leave_the_folder_are_refused() {
        for key in
            ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", "a\\b", "a\0b", &"x".repeat(151)]
        {
            assert!(check_key(key).is_err(), "{key:?}");
        }
        for key in ["a", "a/b.png", "tenant/..hidden/x", "ü/€.jpg"] {
            assert!(check_key(key).is_ok(), "{key:?}");
        }
    }
}
