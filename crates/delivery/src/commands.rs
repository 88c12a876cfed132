//! What can be asked of delivery: one file a command, each a struct and its decision.

mod cancel_delivery;
mod check_in_ticket;
mod claim_parcel;
mod complete_delivery;
mod record_parcel;
mod start_delivery;

use boxoffice_kernel::DeliveryId;

pub(crate) use self::cancel_delivery::CancelDelivery;
pub(crate) use self::check_in_ticket::CheckInTicket;
pub(crate) use self::claim_parcel::ClaimParcel;
pub(crate) use self::complete_delivery::CompleteDelivery;
pub(crate) use self::record_parcel::RecordParcel;
pub(crate) use self::start_delivery::StartDelivery;

use crate::Error;
use crate::domain::{Delivery, Method, delivery_of};
use crate::store::Unit;

/// A change of delivery. All of them may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// A booking is confirmed.
    Start(StartDelivery),
    /// A booking is closed, or its payment given back.
    Cancel(CancelDelivery),
    /// A parcel has arrived.
    Complete(CompleteDelivery),
    /// Somebody stands at the door.
    CheckIn(CheckInTicket),
    /// A worker takes a parcel in hand.
    Claim(ClaimParcel),
    /// Something became of a parcel.
    Record(RecordParcel),
    /// Makes the key that tickets are signed with, if there is none.
    MakeKey,
}

// === impl Command ===

impl Command {
    /// All commands of one booking share a lane, so that closing it and delivering it do.
    pub(crate) fn delivery_id(&self) -> Option<DeliveryId> {
        match self {
            Self::Start(command) => Some(delivery_of(command.wish.booking_id)),
            Self::Cancel(command) => Some(delivery_of(command.booking_id)),
            Self::Complete(command) => Some(command.delivery_id),
            Self::CheckIn(command) => Some(command.delivery_id),
            Self::Claim(command) => Some(command.delivery_id),
            Self::Record(command) => Some(command.delivery_id),
            Self::MakeKey => None,
        }
    }

    /// Whether its decision, or its answer, depends on the tickets.
    pub(crate) fn concerns_tickets(&self) -> bool {
        match self {
            Self::Complete(_) | Self::CheckIn(_) => true,
            Self::Start(_) | Self::Cancel(_) | Self::Claim(_) | Self::Record(_) | Self::MakeKey => {
                false
            }
        }
    }

    /// Whether it needs the key.
    pub(crate) fn signs(&self) -> bool {
        match self {
            Self::Start(command) => command.wish.method == Method::ETicket,
            Self::MakeKey => true,
            Self::Cancel(_)
            | Self::Complete(_)
            | Self::CheckIn(_)
            | Self::Claim(_)
            | Self::Record(_) => false,
        }
    }

    /// The delivery as it is afterwards; `None`: there was nothing to do.
    pub(crate) fn decide(&self, unit: &mut Unit) -> Result<Option<Delivery>, Error> {
        match self {
            Self::Start(command) => command.decide(unit),
            Self::Cancel(command) => {
                command.decide(unit);
                Ok(None)
            }
            Self::Complete(command) => command.decide(unit).map(Some),
            Self::CheckIn(command) => command.decide(unit).map(Some),
            Self::Claim(command) => Ok(command.decide(unit)),
            Self::Record(command) => command.decide(unit).map(Some),
            Self::MakeKey => unit.issuer().map(|_| None),
        }
    }
}
