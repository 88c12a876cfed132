//! Why seating did not do what it was asked.

use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{Turned, database};
use boxoffice_kernel::{Fault, Kind};
use sea_orm::DbErr;
use tonic::Status;

use crate::domain::{Flaw, Refusal};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What a request brought along is wrong, in this field of it.
    #[error("{flaw}")]
    Flawed {
        /// As the caller knows it: `hall.rows`.
        field: &'static str,
        /// What is wrong.
        flaw: Flaw,
    },
    /// A field does not hold what it should.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A page token that is not of this list.
    #[error(transparent)]
    Page(#[from] InvalidToken),
    /// A resume token that is not of this showing.
    #[error("the resume token is not of this showing: begin without one")]
    ResumeToken,
    /// An event whose payload is not what its name says.
    #[error("the event is not readable")]
    Event(#[from] prost::DecodeError),
    /// As many are watching as may.
    #[error("too many are watching; try again shortly")]
    TooManyWatchers,
    /// Not taken in.
    #[error(transparent)]
    Turned(#[from] Turned),
    /// Another replica was first.
    #[error("somebody else changed this first; try again")]
    Raced(#[source] DbErr),
    /// The store was not there.
    #[error("the seating store cannot be reached; try again shortly")]
    Unreachable(#[source] DbErr),
    /// The store said no.
    #[error("the seating store answered with an error")]
    Store(#[source] DbErr),
    /// A lane answered another command than was asked. Our bug.
    #[error("the answer is another command's")]
    Misanswered,
}

// === impl Error ===

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::Malformed(malformed) => malformed.kind(),
            Self::Page(token) => token.kind(),
            Self::Turned(turned) => turned.kind(),
            Self::Flawed { .. } | Self::ResumeToken | Self::Event(_) => Kind::Invalid,
            Self::TooManyWatchers => Kind::Exhausted,
            Self::Raced(_) => Kind::Conflict,
            Self::Unreachable(_) => Kind::Unavailable,
            Self::Store(_) | Self::Misanswered => Kind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Flawed { flaw, .. } => flaw.reason(),
            Self::Malformed(malformed) => malformed.reason(),
            Self::Page(token) => token.reason(),
            Self::Turned(turned) => turned.reason(),
            Self::ResumeToken => "INVALID_RESUME_TOKEN",
            Self::Event(_) => "UNREADABLE_EVENT",
            Self::TooManyWatchers => "TOO_MANY_WATCHERS",
            Self::Raced(_) => "RACED",
            Self::Unreachable(_) => "STORE_UNREACHABLE",
            Self::Store(_) | Self::Misanswered => "INTERNAL",
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.field(),
            Self::Flawed { field, .. } => Some(field),
            Self::Malformed(malformed) => malformed.field(),
            Self::Page(token) => token.field(),
            Self::ResumeToken => Some("resume_token"),
            Self::Event(_)
            | Self::TooManyWatchers
            | Self::Turned(_)
            | Self::Raced(_)
            | Self::Unreachable(_)
            | Self::Store(_)
            | Self::Misanswered => None,
        }
    }
}

impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        Self::Refused(Refusal::Flawed(flaw))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match database::kind(&error) {
            Kind::Conflict => Self::Raced(error),
            Kind::Unavailable => Self::Unreachable(error),
            Kind::Invalid
            | Kind::NotFound
            | Kind::Refused
            | Kind::Unauthenticated
            | Kind::Denied
            | Kind::Exhausted
            | Kind::Internal => Self::Store(error),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        boxoffice_runtime::to_status(&error)
    }
}
