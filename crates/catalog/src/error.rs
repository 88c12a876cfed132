//! Why catalog did not do what it was asked.

use boxoffice_contracts::convert::Malformed;
use boxoffice_contracts::page::InvalidToken;
use boxoffice_eventing::{StoreError, Turned};
use boxoffice_kernel::{Fault, Kind, TitleId};
use boxoffice_runtime::to_status;
use sea_orm::DbErr;

use crate::domain::Refusal;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A page token of something else.
    #[error(transparent)]
    Page(#[from] InvalidToken),
    /// There is no such title.
    #[error("title {0} does not exist")]
    NotFound(TitleId),
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An event that cannot be read.
    #[error("an event that catalog cannot read")]
    Unreadable(#[from] prost::DecodeError),
    /// The lane did not take it.
    #[error(transparent)]
    Turned(#[from] Turned),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

// === impl Error ===

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Malformed(malformed) => malformed.kind(),
            Self::Page(token) => token.kind(),
            Self::NotFound(_) => Kind::NotFound,
            Self::Refused(refusal) => told(*refusal).0,
            Self::Unreadable(_) => Kind::Invalid,
            Self::Turned(turned) => turned.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(malformed) => malformed.reason(),
            Self::Page(token) => token.reason(),
            Self::NotFound(_) => "TITLE_NOT_FOUND",
            Self::Refused(refusal) => told(*refusal).1,
            Self::Unreadable(_) => "UNREADABLE_EVENT",
            Self::Turned(turned) => turned.reason(),
            Self::Store(error) => error.reason(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Malformed(malformed) => malformed.field(),
            Self::Page(token) => token.field(),
            Self::Refused(refusal) => told(*refusal).2,
            Self::NotFound(_) | Self::Unreadable(_) | Self::Turned(_) | Self::Store(_) => None,
        }
    }
}

/// What a caller is told of a refusal: what to do, a name to match on, the field at fault.
fn told(refusal: Refusal) -> (Kind, &'static str, Option<&'static str>) {
    let field = |reason, field| (Kind::Invalid, reason, Some(field));
    match refusal {
        Refusal::NameMissing => field("NAME_MISSING", "title.name"),
        Refusal::NameTooLong => field("NAME_TOO_LONG", "title.name"),
        Refusal::NameUnprintable => field("NAME_UNPRINTABLE", "title.name"),
        Refusal::SynopsisTooLong => field("SYNOPSIS_TOO_LONG", "title.synopsis"),
        Refusal::SynopsisUnprintable => field("SYNOPSIS_UNPRINTABLE", "title.synopsis"),
        Refusal::RunningTime => field("RUNNING_TIME_OUT_OF_RANGE", "title.running_time"),
        Refusal::RunEndsBeforeStart => field("RUN_ENDS_BEFORE_START", "title.run_end"),
        Refusal::Poster => field("POSTER_NOT_ON_THE_WEB", "title.poster_uri"),
        Refusal::NotForHome => field("NOT_FOR_HOME", "title.home_price"),
        Refusal::KindIsFixed => field("KIND_IS_FIXED", "title.kind"),
        Refusal::RequestIdReused => field("REQUEST_ID_REUSED", "request_id"),
        Refusal::Removed => (Kind::Refused, "TITLE_REMOVED", None),
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        to_status(&error)
    }
}
