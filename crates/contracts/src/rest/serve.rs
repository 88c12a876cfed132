//! One HTTP request, read and answered.

use http::{Request, Response, header};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use rest_over_grpc::serving::{RestBody, serve_http_fn};
use rest_over_grpc::transcoding::Transcode;

use super::error;

/// The largest body that is read, unless told otherwise: 1 MiB.
pub const DEFAULT_MAX_BODY: usize = 1 << 20;

/// Reads a JSON request of at most `max_body` bytes and answers it; whatever is wrong with it is
/// answered in the same shape as any other error.
pub async fn serve<B>(
    request: Request<B>,
    transcoder: &impl Transcode,
    max_body: usize,
) -> Response<RestBody>
where
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send,
{
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, max_body).collect().await {
        Ok(body) => body.to_bytes(),
        Err(cause) if cause.is::<LengthLimitError>() => {
            return error::sent(error::too_large(max_body));
        }
        Err(_) => return error::sent(error::unreadable()),
    };
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let content_type = content_type.map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
    if let Some(content_type) = content_type
        && !body.is_empty()
        && !is_json(&content_type)
    {
        return error::sent(error::not_json(&content_type));
    }
    // The body is here already; what is left to the library is the way back.
    let bodiless = Request::from_parts(parts, String::new());
    serve_http_fn(bodiless, async |method, uri, headers, _| {
        let target = uri.path_and_query().map_or_else(|| uri.path(), |it| it.as_str());
        transcoder.transcode(method.as_str(), target, headers, &body).await
    })
    .await
}

/// `application/json`, or any type that is JSON underneath, with or without parameters.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}
