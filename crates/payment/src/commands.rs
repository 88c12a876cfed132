//! What can be asked of payment: one file a command, each a struct and its decision.

mod approve_payment;
mod claim_payment;
mod close_booking;
mod record_answer;
mod request_payment;

use boxoffice_kernel::{BookingId, PaymentId};

pub(crate) use self::approve_payment::ApprovePayment;
pub(crate) use self::claim_payment::ClaimPayment;
pub(crate) use self::close_booking::CloseBooking;
pub(crate) use self::record_answer::RecordAnswer;
pub(crate) use self::request_payment::RequestPayment;

use crate::Error;
use crate::domain::Payment;
use crate::store::Unit;

/// A change of payment. All of them may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// A caller wants the money now.
    Approve(ApprovePayment),
    /// Booking wants it settled when that can be.
    Request(RequestPayment),
    /// No money is taken or kept for a booking any more.
    Close(CloseBooking),
    /// A worker takes a payment in hand.
    Claim(ClaimPayment),
    /// The provider answered.
    Record(RecordAnswer),
}

// === impl Command ===

impl Command {
    /// All commands of one booking share a lane, so that closing it and paying it do.
    pub(crate) fn booking_id(&self) -> BookingId {
        match self {
            Self::Approve(command) => command.intent.booking_id,
            Self::Request(command) => command.intent.booking_id,
            Self::Close(command) => command.booking_id,
            Self::Claim(command) => command.booking_id,
            Self::Record(command) => command.booking_id,
        }
    }

    /// The one payment it is about, if it is about one.
    pub(crate) fn payment_id(&self) -> Option<PaymentId> {
        match self {
            Self::Approve(command) => Some(command.intent.payment_id),
            Self::Request(command) => Some(command.intent.payment_id),
            Self::Close(_) => None,
            Self::Claim(command) => Some(command.payment_id),
            Self::Record(command) => Some(command.payment_id),
        }
    }

    /// Whether its decision depends on the other payments of the booking too.
    pub(crate) fn concerns_all(&self) -> bool {
        match self {
            Self::Approve(_) | Self::Request(_) | Self::Close(_) => true,
            Self::Claim(_) | Self::Record(_) => false,
        }
    }

    /// The payment as it is afterwards; `None`: there was nothing to do.
    pub(crate) fn decide(&self, unit: &mut Unit) -> Result<Option<Payment>, Error> {
        match self {
            Self::Approve(command) => command.decide(unit).map(Some),
            Self::Request(command) => command.decide(unit),
            Self::Close(command) => {
                command.decide(unit);
                Ok(None)
            }
            Self::Claim(command) => Ok(command.decide(unit)),
            Self::Record(command) => command.decide(unit).map(Some),
        }
    }
}
