//! One classification of failure, read by gRPC callers, HTTP callers and the event log alike.

use std::error::Error;
use std::time::Duration;

/// What a caller can do about a failure.
///
/// Kept short on purpose: a new variant needs a new *action* on the caller's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request can never succeed; fix it.
    Invalid,
    /// The thing it names is not there.
    NotFound,
    /// A business rule said no.
    Refused,
    /// Someone else got there first; load again and retry.
    Conflict,
    /// The caller did not prove who they are.
    Unauthenticated,
    /// The caller may not do this.
    Denied,
    /// Too much is being asked of us; come back later.
    Exhausted,
    /// A system we depend on did not answer; retry later.
    Unavailable,
    /// Our bug. The details stay in our logs.
    Internal,
}

/// What to do with the event whose handling failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Deliver it again after this long.
    Retry(Duration),
    /// Deliver it again a few times after this long, then keep it aside.
    RetryBriefly(Duration),
    /// Keep it aside for an operator.
    DeadLetter,
}

/// Any error that reaches an edge.
pub trait Fault: Error + Send + Sync + 'static {
    /// What the caller can do.
    fn kind(&self) -> Kind;

    /// A stable `SCREAMING_SNAKE` name that clients may match on.
    fn reason(&self) -> &'static str;

    /// The request field at fault, by its proto name, if it is one field's fault.
    fn field(&self) -> Option<&str> {
        None
    }

    /// When to try again, if that is known better than by kind.
    fn retry_after(&self) -> Option<Duration> {
        match self.kind() {
            Kind::Exhausted | Kind::Unavailable => Some(Duration::from_secs(1)),
            Kind::Conflict => Some(Duration::from_millis(50)),
            Kind::Invalid
            | Kind::NotFound
            | Kind::Refused
            | Kind::Unauthenticated
            | Kind::Denied
            | Kind::Internal => None,
        }
    }
}

// === impl Kind ===

impl Kind {
    /// What happens to an event whose handling failed so.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Invalid | Self::Refused | Self::Unauthenticated | Self::Denied => {
                Verdict::DeadLetter
            }
            Self::NotFound => Verdict::RetryBriefly(Duration::from_millis(200)),
            Self::Conflict => Verdict::Retry(Duration::from_millis(50)),
            Self::Exhausted | Self::Unavailable => Verdict::Retry(Duration::from_secs(1)),
            Self::Internal => Verdict::Retry(Duration::from_secs(5)),
        }
    }
}

/// The error and its causes in one line, for a log.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
