//! Whenever somebody says something, then a context does something: its policies, and the catalogue's words for them.

use std::collections::BTreeSet;

use boxoffice_contracts::prost::{DecodeError, Name};
use boxoffice_eventing::{Message, StoreError, Turned, Work};
use boxoffice_kernel::{Clock, Context, Fault, Kind};
use prost_reflect::MessageDescriptor;
use sea_orm::DbErr;

/// Whenever an event, then a command; none if this one is not of interest.
pub type Policy<W> = Reaction<<W as Work>::Command, <W as Work>::Error>;

/// A policy by what it makes of an event.
pub type Reaction<C, E> = fn(&Message) -> Result<Option<C>, E>;

/// Why an event had no effect, in a context that refuses nothing; the others have errors of their own.
#[derive(Debug, thiserror::Error)]
pub enum Unheard {
    /// It is not what it says it is.
    #[error("the event cannot be read")]
    Unreadable(#[from] DecodeError),
    /// The lane did not take the command.
    #[error(transparent)]
    Turned(#[from] Turned),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A line of the event catalogue (`docs/events.md`): whenever this is said, then a context does that. The lines stand
/// beside the policies they are about, and a test beside them compares the two: see [`reactions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whenever {
    /// Whose event: its protobuf package, `boxoffice.booking.v1`.
    pub package: &'static str,
    /// Which: `BookingConfirmed`.
    pub event: &'static str,
    /// What the context does then, such as `sells the seats it held`.
    pub then: &'static str,
}

/// How the file is named in which a context declares its events.
const EVENTS: &str = "_events.proto";
/// No protobuf message begins like this.
const UNREADABLE: &[u8] = &[0xff];

// === impl Unheard ===

impl Fault for Unheard {
    fn kind(&self) -> Kind {
        match self {
            Self::Unreadable(_) => Kind::Invalid,
            Self::Turned(turned) => turned.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "UNREADABLE_EVENT",
            Self::Turned(turned) => turned.reason(),
            Self::Store(error) => error.reason(),
        }
    }
}

impl From<DbErr> for Unheard {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

// === impl Whenever ===

impl Whenever {
    /// Whenever `M` is said, `then`.
    pub const fn said<M: Name>(then: &'static str) -> Self {
        Self { package: M::PACKAGE, event: M::NAME, then }
    }

    /// Whether it is `source` that says it.
    pub fn is_of(&self, source: Context) -> bool {
        self.package == package(source)
    }
}

/// The events that `source` says, as its contracts declare them, in their order.
pub fn events(source: Context) -> impl Iterator<Item = MessageDescriptor> {
    let package = package(source);
    let files = boxoffice_contracts::pool().files();
    files
        .filter(move |file| file.package_name() == package && file.name().ends_with(EVENTS))
        .flat_map(|file| file.messages().collect::<Vec<_>>())
}

/// The full names of the events in these lines.
pub fn names(lines: &[Whenever]) -> BTreeSet<String> {
    lines.iter().map(|line| format!("{}.{}", line.package, line.event)).collect()
}

/// The full names of the events that these policies, each listening to a context, do react to. An event that cannot be
/// read is a fault to a policy that reacts to it, and nothing to one that does not.
pub fn reactions<C, E>(policies: &[(Context, Reaction<C, E>)]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (source, policy) in policies {
        for event in events(*source) {
            let name = event.full_name();
            let (about, case) = Default::default();
            let now = Clock.now();
            if policy(&Message::new(*source, name, about, 1, case, now, UNREADABLE)).is_err() {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

fn package(context: Context) -> String {
    format!("boxoffice.{context}.v1")
}
