//! What can be asked of booking: one file a command, each a struct and its decision.

mod await_payment;
mod cancel_booking;
mod fan_out;
mod pay_booking;
mod place_booking;
mod reject_booking;
mod revoke_license;
mod settle_payment;
mod take_up;
mod wait_for_caller;

use boxoffice_kernel::BookingId;
use uuid::Uuid;

pub use self::await_payment::AwaitPayment;
pub use self::cancel_booking::CancelBooking;
pub use self::fan_out::{AdvanceFanOut, FanOut, FollowShowing, ShowingChange, StartFanOut};
pub use self::pay_booking::PayBooking;
pub use self::place_booking::PlaceBooking;
pub use self::reject_booking::RejectBooking;
pub use self::revoke_license::{FinishCancelling, KeepBooking, NoteWatched};
pub use self::settle_payment::{ConfirmBooking, DeclinePayment, RequestPayment};
pub use self::take_up::TakeUp;
pub use self::wait_for_caller::WaitForCaller;

use crate::Error;
use crate::domain::Booking;
use crate::store::Unit;

/// Everything that changes booking.
#[derive(Clone, Debug)]
pub enum Command {
    /// Step 1.
    Place(Box<PlaceBooking>),
    /// Step 3.
    AwaitPayment(AwaitPayment),
    /// Step 3, later.
    Pay(PayBooking),
    /// Step 5.
    Confirm(ConfirmBooking),
    /// Step 5, the other way.
    Decline(DeclinePayment),
    /// Step 5, not now.
    RequestPayment(RequestPayment),
    /// Step 2, not now.
    WaitForCaller(WaitForCaller),
    /// No seats, or not for sale.
    Reject(RejectBooking),
    /// The customer's wish.
    Cancel(CancelBooking),
    /// A title to watch: its licence is revoked.
    FinishCancelling(FinishCancelling),
    /// It is not.
    Keep(KeepBooking),
    /// It was watched.
    NoteWatched(NoteWatched),
    /// The sweeper's.
    TakeUp(TakeUp),
    /// One booking of a showing that was moved or cancelled.
    FollowShowing(FollowShowing),
    /// A showing was moved or cancelled: a job for all its bookings.
    StartFanOut(StartFanOut),
    /// So far the job has come.
    AdvanceFanOut(AdvanceFanOut),
}

// === impl Command ===

impl Command {
    /// The booking it is about, if it is about one.
    pub fn booking_id(&self) -> Option<BookingId> {
        match self {
            Self::Place(it) => Some(it.request.id),
            Self::AwaitPayment(it) => Some(it.booking_id),
            Self::Pay(it) => Some(it.booking_id),
            Self::Confirm(it) => Some(it.booking_id),
            Self::Decline(it) => Some(it.booking_id),
            Self::RequestPayment(it) => Some(it.booking_id),
            Self::WaitForCaller(it) => Some(it.booking_id),
            Self::Reject(it) => Some(it.booking_id),
            Self::Cancel(it) => Some(it.booking_id),
            Self::FinishCancelling(it) => Some(it.booking_id),
            Self::Keep(it) => Some(it.booking_id),
            Self::NoteWatched(it) => Some(it.booking_id),
            Self::TakeUp(it) => Some(it.booking_id),
            Self::FollowShowing(it) => Some(it.booking_id),
            Self::StartFanOut(_) | Self::AdvanceFanOut(_) => None,
        }
    }

    /// Commands with the same key run in order.
    pub fn key(&self) -> Uuid {
        match self {
            Self::StartFanOut(it) => it.job.id,
            Self::AdvanceFanOut(it) => it.job_id,
            Self::Place(_)
            | Self::AwaitPayment(_)
            | Self::Pay(_)
            | Self::Confirm(_)
            | Self::Decline(_)
            | Self::RequestPayment(_)
            | Self::WaitForCaller(_)
            | Self::Reject(_)
            | Self::Cancel(_)
            | Self::FinishCancelling(_)
            | Self::Keep(_)
            | Self::NoteWatched(_)
            | Self::TakeUp(_)
            | Self::FollowShowing(_) => self.booking_id().map_or(Uuid::nil(), |id| id.0),
        }
    }

    /// The booking as it is then; `None` where the command is about a job.
    pub fn decide(&self, unit: &mut Unit) -> Result<Option<Booking>, Error> {
        match self {
            Self::Place(it) => it.decide(unit).map(Some),
            Self::AwaitPayment(it) => it.decide(unit).map(Some),
            Self::Pay(it) => it.decide(unit).map(Some),
            Self::Confirm(it) => it.decide(unit).map(Some),
            Self::Decline(it) => it.decide(unit).map(Some),
            Self::RequestPayment(it) => it.decide(unit).map(Some),
            Self::WaitForCaller(it) => it.decide(unit).map(Some),
            Self::Reject(it) => it.decide(unit).map(Some),
            Self::Cancel(it) => it.decide(unit).map(Some),
            Self::FinishCancelling(it) => it.decide(unit).map(Some),
            Self::Keep(it) => it.decide(unit).map(Some),
            Self::NoteWatched(it) => it.decide(unit).map(Some),
            Self::TakeUp(it) => it.decide(unit).map(Some),
            Self::FollowShowing(it) => it.decide(unit).map(Some),
            Self::StartFanOut(it) => it.decide(unit).map(|()| None),
            Self::AdvanceFanOut(it) => it.decide(unit).map(|()| None),
        }
    }
}
