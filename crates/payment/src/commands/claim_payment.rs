//! A worker takes a payment in hand: moved forward, its next attempt is a lease.

use boxoffice_kernel::{BookingId, PaymentId};

use crate::domain::Payment;
use crate::store::Unit;

/// Takes a payment that is due, unless another replica has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaimPayment {
    /// Of which booking.
    pub booking_id: BookingId,
    /// Which attempt.
    pub payment_id: PaymentId,
}

// === impl ClaimPayment ===

impl ClaimPayment {
    pub(super) fn decide(self, unit: &mut Unit) -> Option<Payment> {
        let (pace, now) = (unit.pace, unit.now);
        unit.account(self.booking_id).claim(self.payment_id, &pace, now)
    }
}
