//! A booking is rejected, expired or cancelled: no money is taken or kept for it any more.

use boxoffice_kernel::BookingId;

use crate::store::Unit;

/// Leaves the mark, and puts whatever was paid on its way back (FR-21, FR-43, FR-44).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CloseBooking {
    /// Which.
    pub booking_id: BookingId,
}

// === impl CloseBooking ===

impl CloseBooking {
    pub(super) fn decide(self, unit: &mut Unit) {
        let now = unit.now;
        unit.account(self.booking_id).close(now);
    }
}
