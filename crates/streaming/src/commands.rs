//! What can be asked of streaming: one file a command, each a struct and its decision.

mod close_booking;
mod grant_license;
mod revoke_license;
mod watch_title;

use boxoffice_kernel::LicenseId;

pub(crate) use self::close_booking::CloseBooking;
pub(crate) use self::grant_license::GrantLicense;
pub(crate) use self::revoke_license::RevokeLicense;
pub(crate) use self::watch_title::WatchTitle;

use crate::Error;
use crate::domain::License;
use crate::store::Unit;

/// A change of streaming. All of them may be repeated.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// A booking was confirmed.
    Grant(GrantLicense),
    /// The customer watches.
    Watch(WatchTitle),
    /// Booking wants to cancel.
    Revoke(RevokeLicense),
    /// A booking was closed.
    Close(CloseBooking),
}

// === impl Command ===

impl Command {
    /// All commands of one booking share a lane and a row.
    pub(crate) fn license_id(&self) -> LicenseId {
        match self {
            Self::Grant(command) => License::id_of(command.booking_id),
            Self::Watch(command) => command.license_id,
            Self::Revoke(command) => License::id_of(command.booking_id),
            Self::Close(command) => License::id_of(command.booking_id),
        }
    }

    /// The licence as it is afterwards; `None`: there is none, only a mark.
    pub(crate) fn decide(&self, unit: &mut Unit) -> Result<Option<License>, Error> {
        match self {
            Self::Grant(command) => Ok(Some(command.decide(unit))),
            Self::Watch(command) => command.decide(unit).map(Some),
            Self::Revoke(command) => command.decide(unit),
            Self::Close(command) => Ok(command.decide(unit)),
        }
    }
}
