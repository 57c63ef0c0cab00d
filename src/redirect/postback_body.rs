//! The body of a postback. One that cannot be read is kept as it was received, with the error that
//! answers it.

use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    payload::Payload,
    registry::{MetaRequest, Registry},
    types::ParseFromJSON,
};

use super::{
    receive::problem_of,
    states::ReportKind,
    unreadable::{self, UnreadablePostback},
};
use crate::{
    access::{KeyHolder, caller},
    kernel::{Input, Result},
};

/// What a postback reports, by its schema.
pub trait PostbackInput: ParseFromJSON {
    const KIND: ReportKind;
}

/// A JSON body like [`Input`]. Stands behind a [`KeyHolder`] among the arguments of a handler: what
/// comes without a valid key is not kept.
#[derive(Debug)]
pub struct PostbackBody<T>(pub T);

impl<'a, T: PostbackInput> ApiExtractor<'a> for PostbackBody<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Input<T> as Payload>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        <Input<T> as ApiExtractor<'a>>::request_meta()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let body = body.take()?.into_bytes().await?;
        let wrong_type = match request.content_type() {
            Some(kind) if Input::<T>::check_content_type(kind) => None,
            Some(kind) => Some(ContentTypeError::NotSupported { content_type: kind.to_owned() }),
            None => Some(ContentTypeError::ExpectContentType),
        };
        if let Some(error) = wrong_type {
            keep(request, T::KIND, &body, "The Content-Type must be application/json").await?;
            return Err(error.into());
        }
        match Input::<T>::parse(&body) {
            Ok(input) => Ok(Self(input)),
            Err(error) => {
                keep(request, T::KIND, &body, &problem_of(&error)).await?;
                Err(error.into())
            }
        }
    }
}

/// Keeps the body of a request that is authenticated.
async fn keep(request: &Request, kind: ReportKind, body: &[u8], problem: &str) -> Result<()> {
    let KeyHolder(key) = KeyHolder::of(request).await?;
    let platform = &caller::access_of(request)?.platform;
    let sent = UnreadablePostback {
        kind,
        body,
        content_type: request.content_type(),
        user_agent: request.header("User-Agent"),
        problem,
    };
    let mut tx = platform.db.tenant(key.tenant).await?;
    let (keyring, now) = (&platform.config.keyring, platform.clock.now());
    unreadable::keep(&mut tx, keyring, key.tenant, sent, now).await?;
    tx.commit().await?;
    Ok(())
}
