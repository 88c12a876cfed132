//! A booking is rejected, expired or cancelled: it has no licence any more.

use boxoffice_kernel::BookingId;

use crate::domain::{Entry, License};
use crate::store::Unit;

/// Revoke what a closed booking has, or leave the mark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloseBooking {
    /// Which.
    pub booking_id: BookingId,
}

// === impl CloseBooking ===

impl CloseBooking {
    pub(super) fn decide(self, unit: &mut Unit) -> Option<License> {
        let mut license = match unit.find(License::id_of(self.booking_id)) {
            Some(Entry::License(known)) => known.clone(),
            Some(Entry::Mark(_)) => return None,
            None => {
                unit.mark(self.booking_id);
                return None;
            }
        };
        Some(match license.close(unit.now) {
            Some(what) => unit.record(license, what),
            None => license,
        })
    }
}
