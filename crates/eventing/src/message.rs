//! One fact, as it travels: a `CloudEvent` in binary mode around a protobuf payload.

use boxoffice_kernel::{Context, Time};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

/// Header names and values, in order.
pub type Headers = Vec<(String, String)>;

/// An event on its way from the context that says it to those that listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its own id (UUIDv7); also `Nats-Msg-Id`, and the key of every listener's inbox.
    pub id: Uuid,
    /// The protobuf full name, which is the subject and the `CloudEvents` type:
    /// `boxoffice.booking.v1.BookingConfirmed`.
    pub name: String,
    /// Who says it, and so its stream.
    pub context: Context,
    /// What it is about.
    pub aggregate_id: Uuid,
    /// The aggregate's version after it.
    pub sequence: u64,
    /// The case it belongs to: the booking, where there is one (NFR-15).
    pub correlation_id: Uuid,
    /// The event it follows from. The lane fills it in.
    pub causation_id: Option<Uuid>,
    /// When it happened.
    pub time: Time,
    /// The W3C trace context of whoever caused it. The lane fills it in.
    pub traceparent: Option<String>,
    /// The encoded protobuf message. Never contact data: streams are kept.
    pub payload: Bytes,
}

/// What was delivered is no [`Message`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Undecodable {
    /// What is wrong with it.
    pub problem: String,
    /// The headers it came with.
    pub headers: Headers,
    /// Its payload.
    pub payload: Bytes,
}

const SPEC_VERSION: &str = "1.0";
const SOURCE_PREFIX: &str = "boxoffice/";

mod header {
    pub(super) const SPEC_VERSION: &str = "ce-specversion";
    pub(super) const ID: &str = "ce-id";
    pub(super) const TYPE: &str = "ce-type";
    pub(super) const SOURCE: &str = "ce-source";
    pub(super) const SUBJECT: &str = "ce-subject";
    pub(super) const TIME: &str = "ce-time";
    pub(super) const SEQUENCE: &str = "sequence";
    pub(super) const CORRELATION_ID: &str = "correlationid";
    pub(super) const CAUSATION_ID: &str = "causationid";
    pub(super) const TRACEPARENT: &str = "traceparent";
}

// === impl Message ===

impl Message {
    /// An event said now, with an id of its own. `name` is the payload's protobuf full name.
    pub fn new(
        context: Context,
        name: impl Into<String>,
        aggregate_id: Uuid,
        sequence: u64,
        correlation_id: Uuid,
        time: Time,
        payload: impl Into<Bytes>,
    ) -> Self {
        Self {
            id: Uuid::now_v7(),
            name: name.into(),
            context,
            aggregate_id,
            sequence,
            correlation_id,
            causation_id: None,
            time,
            traceparent: None,
            payload: payload.into(),
        }
    }

    /// Everything but the payload, as `CloudEvents` headers.
    pub fn headers(&self) -> Headers {
        let mut headers = vec![
            (header::SPEC_VERSION.to_owned(), SPEC_VERSION.to_owned()),
            (header::ID.to_owned(), self.id.to_string()),
            (header::TYPE.to_owned(), self.name.clone()),
            (header::SOURCE.to_owned(), format!("{SOURCE_PREFIX}{}", self.context)),
            (header::SUBJECT.to_owned(), self.aggregate_id.to_string()),
            (header::TIME.to_owned(), self.time.to_rfc3339_opts(SecondsFormat::Micros, true)),
            (header::SEQUENCE.to_owned(), self.sequence.to_string()),
            (header::CORRELATION_ID.to_owned(), self.correlation_id.to_string()),
        ];
        if let Some(cause) = self.causation_id {
            headers.push((header::CAUSATION_ID.to_owned(), cause.to_string()));
        }
        if let Some(traceparent) = &self.traceparent {
            headers.push((header::TRACEPARENT.to_owned(), traceparent.clone()));
        }
        headers
    }

    /// The message that these headers and this payload are, found in the stream of `source`. One that names another source
    /// is none.
    pub fn from_parts(
        source: Context,
        headers: Headers,
        payload: Bytes,
    ) -> Result<Self, Undecodable> {
        match read(source, &headers) {
            Ok(message) => Ok(Self { payload, ..message }),
            Err(problem) => Err(Undecodable { problem, headers, payload }),
        }
    }
}

fn read(context: Context, headers: &Headers) -> Result<Message, String> {
    let optional = |name: &str| {
        let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let required = |name| optional(name).ok_or_else(|| format!("header `{name}` is missing"));
    let uuid = |name| -> Result<Uuid, String> {
        let text: &str = required(name)?;
        text.parse().map_err(|_| format!("header `{name}` is not a UUID"))
    };
    let source = required(header::SOURCE)?;
    if source.strip_prefix(SOURCE_PREFIX) != Some(context.as_str()) {
        return Err(format!("`{source}` is not whose stream this is, `{SOURCE_PREFIX}{context}`"));
    }
    let time = DateTime::parse_from_rfc3339(required(header::TIME)?);
    let causation_id = match optional(header::CAUSATION_ID) {
        None => None,
        Some(_) => Some(uuid(header::CAUSATION_ID)?),
    };
    Ok(Message {
        id: uuid(header::ID)?,
        name: required(header::TYPE)?.to_owned(),
        context,
        aggregate_id: uuid(header::SUBJECT)?,
        sequence: required(header::SEQUENCE)?
            .parse()
            .map_err(|_| format!("header `{}` is not a number", header::SEQUENCE))?,
        correlation_id: uuid(header::CORRELATION_ID)?,
        causation_id,
        time: time
            .map_err(|_| format!("header `{}` is not an RFC 3339 time", header::TIME))?
            .with_timezone(&Utc),
        traceparent: optional(header::TRACEPARENT).map(str::to_owned),
        payload: Bytes::new(),
    })
}

#[cfg(test)]
mod tests {
    use boxoffice_kernel::Clock;
    use chrono::SubsecRound as _;

    use super::*;

    fn message() -> Message {
        let (about, case) = (Uuid::now_v7(), Uuid::now_v7());
        let name = "boxoffice.booking.v1.BookingConfirmed";
        Message::new(Context::BOOKING, name, about, 3, case, Clock.now(), &b"payload"[..])
    }

    #[test]
    fn headers_and_payload_are_the_whole_message() {
        let whole = Message {
            causation_id: Some(Uuid::now_v7()),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
            ..message()
        };
        for message in [message(), whole] {
            let (headers, payload) = (message.headers(), message.payload.clone());
            let read = Message::from_parts(Context::BOOKING, headers, payload);
            assert_eq!(read, Ok(message));
        }
    }

    #[test]
    fn what_is_not_ours_is_kept_and_named() {
        let message = message();
        for (missing, _) in message.headers() {
            let mut headers = message.headers();
            headers.retain(|(name, _)| *name != missing);
            let payload = message.payload.clone();
            let read = Message::from_parts(Context::BOOKING, headers.clone(), payload);
            if missing == "ce-specversion" {
                assert_eq!(read.as_ref(), Ok(&message));
                continue;
            }
            let error = read.unwrap_err();
            assert_eq!(error.problem, format!("header `{missing}` is missing"));
            assert_eq!((error.headers, error.payload), (headers, message.payload.clone()));
        }
    }

    /// Lines of headers, an empty line, the payload.
    fn parts(input: &[u8]) -> (Headers, Bytes) {
        let end = input.windows(2).position(|it| it == b"\n\n").unwrap_or(input.len());
        let lines = String::from_utf8_lossy(&input[..end]).into_owned();
        let headers = lines.lines().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        (headers, Bytes::copy_from_slice(input.get(end + 2..).unwrap_or_default()))
    }

    /// What is read is written and read again the same; what is not is kept as it came.
    #[test]
    fn fuzz_event() {
        boxoffice_fuzz::hold("event", &[], |input| {
            let (headers, payload) = parts(input);
            match Message::from_parts(Context::BOOKING, headers.clone(), payload.clone()) {
                Ok(read) => {
                    let again = Message::from_parts(Context::BOOKING, read.headers(), payload);
                    // Times travel in microseconds.
                    let whole = |it: Message| Message { time: it.time.trunc_subsecs(6), ..it };
                    let same = again.clone().map(whole) == Ok(whole(read.clone()));
                    if same { Ok(()) } else { Err(format!("{read:?} comes back as {again:?}")) }
                }
                Err(told) if (&told.headers, &told.payload) == (&headers, &payload) => Ok(()),
                Err(told) => Err(format!("{told:?} is not what came")),
            }
        });
    }

    #[test]
    fn what_another_said_does_not_belong_here() {
        let message = message();
        let elsewhere = Context::named("loyalty");
        let read = Message::from_parts(elsewhere, message.headers(), message.payload);
        let problem = "`boxoffice/booking` is not whose stream this is, `boxoffice/loyalty`";
        assert_eq!(read.unwrap_err().problem, problem);
    }
}
