//! The purchase: which call follows which state, and which command follows which answer.
//!
//! ```text
//! PLACED ─hold─▶ AwaitPayment ─▶ AWAITING_PAYMENT with an attempt ─approve─▶ Confirm | Decline | RequestPayment
//!            └─▶ Reject | WaitForCaller
//! CANCELLING ─revoke─▶ FinishCancelling | NoteWatched | Keep
//! ```
//! After each save the row alone is enough to go on, whoever goes on: the call that began it, or a
//! sweeper on any replica. So every step may be repeated.

use boxoffice_eventing::Lanes;
use boxoffice_kernel::{BookingId, steps};

use crate::Error;
use crate::commands::{
    AwaitPayment, Command, ConfirmBooking, DeclinePayment, FinishCancelling, KeepBooking,
    NoteWatched, RejectBooking, RequestPayment, WaitForCaller,
};
use crate::domain::{Attempt, Booking, Holding, Phase, Refusal, Rejection, SeatName, State};
use crate::peers::{Approval, Hold, NoAnswer, Peers, Revocation};
use crate::store::Store;

/// Carries bookings from one step to the next.
#[derive(Clone, Debug)]
pub(crate) struct Purchase {
    pub(crate) lanes: Lanes<Store>,
    pub(crate) peers: Peers,
}

/// What has to be done next for a booking.
enum Next<'a> {
    HoldSeats,
    ApprovePayment(&'a Holding, &'a Attempt),
    RevokeLicense,
    Nothing,
}

// === impl Purchase ===

impl Purchase {
    /// Goes on from where the booking stands until it stands still.
    pub(crate) async fn go_on(&self, mut booking: Booking) -> Result<Booking, Error> {
        loop {
            booking = match Next::of(&booking) {
                Next::HoldSeats => self.hold_seats(&booking).await?,
                Next::ApprovePayment(holding, attempt) => {
                    self.approve_payment(&booking, holding, attempt).await?
                }
                Next::RevokeLicense => self.revoke_license(&booking).await?,
                Next::Nothing => return Ok(booking),
            };
        }
    }

    /// As [`Purchase::go_on`], for somebody who is told how it ends. A request that was not carried out stays so until
    /// they repeat it: they may have booked something else by then.
    pub(crate) async fn go_on_for_caller(&self, booking: Booking) -> Result<Booking, Error> {
        let booking_id = booking.id;
        let outcome = self.go_on(booking).await;
        if let Err(Error::PeerUnavailable { .. }) = outcome {
            self.change(Command::WaitForCaller(WaitForCaller { booking_id })).await?;
        }
        outcome
    }

    /// Runs one command about a booking and answers with the booking.
    pub(crate) async fn change(&self, command: Command) -> Result<Booking, Error> {
        let booking_id = BookingId(command.key());
        self.lanes.ask(command).await?.ok_or(Error::NotFound(booking_id))
    }

    async fn hold_seats(&self, booking: &Booking) -> Result<Booking, Error> {
        let booking_id = booking.id;
        steps::before("hold");
        let hold = self.peers.hold(booking).await;
        steps::after("hold");
        let reject = |rejection| Command::Reject(RejectBooking { booking_id, rejection });
        let command = match hold {
            Ok(Hold::Held { seats, amount, shown }) => {
                Command::AwaitPayment(AwaitPayment { booking_id, seats, amount, shown })
            }
            Ok(Hold::Taken { seats }) => {
                let seats = seats.into_iter().map(SeatName).collect();
                reject(Rejection::SeatsUnavailable { seats })
            }
            Ok(Hold::NotForSale(reason)) => reject(Rejection::NotForSale(reason)),
            // Only booking closes a booking, so its own row says why: this finds it closed.
            Ok(Hold::Closed) => reject(Rejection::SeatsUnavailable { seats: Vec::new() }),
            Err(NoAnswer(peer)) => return Err(Error::PeerUnavailable { peer }),
        };
        steps::before("await-payment");
        let booking = self.change(command).await?;
        steps::after("await-payment");
        Ok(booking)
    }

    async fn approve_payment(
        &self,
        booking: &Booking,
        holding: &Holding,
        attempt: &Attempt,
    ) -> Result<Booking, Error> {
        let (booking_id, payment_id) = (booking.id, attempt.id);
        steps::before("approve");
        let approval = self.peers.approve(booking, holding, attempt).await;
        steps::after("approve");
        let command = match approval {
            Approval::Approved => Command::Confirm(ConfirmBooking { booking_id, payment_id }),
            Approval::Declined(provider_reason) => {
                Command::Decline(DeclinePayment { booking_id, payment_id, provider_reason })
            }
            Approval::Unsettled | Approval::Closed => {
                Command::RequestPayment(RequestPayment { booking_id, payment_id })
            }
        };
        steps::before("settle");
        let booking = self.change(command).await?;
        steps::after("settle");
        Ok(booking)
    }

    /// Without an answer the intent is withdrawn. If the licence was revoked all the same, streaming says so, and the
    /// booking is cancelled then.
    async fn revoke_license(&self, booking: &Booking) -> Result<Booking, Error> {
        let booking_id = booking.id;
        steps::before("revoke");
        let revocation = self.peers.revoke(booking).await;
        steps::after("revoke");
        let command = match revocation {
            Ok(Revocation::Revoked) => Command::FinishCancelling(FinishCancelling { booking_id }),
            Ok(Revocation::Watched) => {
                Command::NoteWatched(NoteWatched { booking_id, watched_at: None })
            }
            Err(NoAnswer(_)) => Command::Keep(KeepBooking { booking_id }),
        };
        steps::before("finish-cancel");
        let booking = self.change(command).await?;
        steps::after("finish-cancel");
        match (booking.state, revocation) {
            (State::Cancelled, _) | (_, Ok(Revocation::Revoked)) => Ok(booking),
            (_, Ok(Revocation::Watched)) => Err(Refusal::Watched.into()),
            (_, Err(NoAnswer(peer))) => Err(Error::NotCancelled { peer }),
        }
    }
}

// === impl Next ===

impl<'a> Next<'a> {
    fn of(booking: &'a Booking) -> Self {
        match (booking.state, &booking.holding, booking.pending()) {
            (State::Placed, ..) => Self::HoldSeats,
            (State::Cancelling, ..) => Self::RevokeLicense,
            (State::AwaitingPayment, Some(holding), Some(attempt))
                if attempt.phase == Phase::InCall =>
            {
                Self::ApprovePayment(holding, attempt)
            }
            (State::AwaitingPayment, ..)
            | (State::Confirmed | State::Rejected | State::Expired | State::Cancelled, ..) => {
                Self::Nothing
            }
        }
    }
}
