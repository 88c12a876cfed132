//! How a server reads a request: decoded, then held against the rules of its contract.
//! No handler sees a request that breaks one. Clients only decode.

use std::marker::PhantomData;

use prost::Message;
use prost_protovalidate::{Validate, ValidationError, Violation};
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic::{Code, Status};
use tonic_prost::{ProstDecoder, ProstEncoder};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::DOMAIN;

/// The servers' codec; named in the build script.
#[derive(Debug)]
pub struct Validated<Response, Request>(PhantomData<(Response, Request)>);

/// Decodes a message and validates it.
#[derive(Debug)]
pub struct ValidatingDecoder<Request>(ProstDecoder<Request>);

// === impl Validated ===

impl<Response, Request> Default for Validated<Response, Request> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<Response, Request> Codec for Validated<Response, Request>
where
    Response: Message + Send + 'static,
    Request: Message + Default + Validate + Send + 'static,
{
    type Encode = Response;
    type Decode = Request;
    type Encoder = ProstEncoder<Response>;
    type Decoder = ValidatingDecoder<Request>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> Self::Decoder {
        ValidatingDecoder(ProstDecoder::default())
    }
}

// === impl ValidatingDecoder ===

impl<Request: Message + Default + Validate> Decoder for ValidatingDecoder<Request> {
    type Item = Request;
    type Error = Status;

    fn decode(&mut self, buf: &mut DecodeBuf<'_>) -> Result<Option<Request>, Status> {
        // tonic answers INTERNAL to bytes that are no message; they are the caller's mistake.
        let request = self.0.decode(buf).map_err(|status| undecodable(status.message()))?;
        if let Some(request) = &request {
            request.validate().map_err(|error| refusal(&error))?;
        }
        Ok(request)
    }

    fn buffer_settings(&self) -> tonic::codec::BufferSettings {
        self.0.buffer_settings()
    }
}

/// Violations one refusal tells of: it travels as a header, and most who read it take 8 or 16 KiB of those.
const MOST: usize = 20;

/// `INVALID_ARGUMENT` with reason `INVALID_FIELD` and the violated fields by their proto paths.
pub fn refusal(error: &ValidationError) -> Status {
    let mut details = ErrorDetails::with_error_info("INVALID_FIELD", DOMAIN, []);
    for violation in error.violations().iter().take(MOST) {
        details.add_bad_request_violation(violation.field_path(), problem(violation));
    }
    let message = match error.violations() {
        [] => "the request is not valid".to_owned(),
        [only] => sentence(only),
        [first, others @ ..] => format!("{}, and {} more", sentence(first), others.len()),
    };
    Status::with_error_details(Code::InvalidArgument, message, details)
}

fn undecodable(cause: &str) -> Status {
    let details = ErrorDetails::with_error_info("MALFORMED_REQUEST", DOMAIN, []);
    let message = format!("the request is not the message it should be: {cause}");
    Status::with_error_details(Code::InvalidArgument, message, details)
}

fn sentence(violation: &Violation) -> String {
    format!("`{}` {}", violation.field_path(), problem(violation))
}

/// What is wrong, to be read after the field's name.
fn problem(violation: &Violation) -> String {
    match violation.rule_id() {
        "required" => "is required".to_owned(),
        "string.uuid" | "string.uuid_empty" => "must be a UUID".to_owned(),
        "enum.defined_only" => "must be one of its enum's values".to_owned(),
        rule if violation.message().is_empty() => format!("violates the rule {rule}"),
        _ => violation.message().trim_start_matches("value ").to_owned(),
    }
}

/// Validates the message inside a `oneof`; called by generated code.
pub(crate) fn nested(field: &str, message: &impl Validate, violations: &mut Vec<Violation>) {
    if let Err(error) = message.validate() {
        violations.extend(error.into_violations().into_iter().map(|mut violation| {
            violation.prepend_field_path(field);
            violation
        }));
    }
}
