//! Why seating did not do what it was asked.

use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{StoreError, Turned};
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
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
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
            Self::Store(error) => error.kind(),
            Self::Misanswered => Kind::Internal,
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
            Self::Store(error) => error.reason(),
            Self::Misanswered => "INTERNAL",
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
        Self::Store(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        boxoffice_runtime::to_status(&error)
    }
}
