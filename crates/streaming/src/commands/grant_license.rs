//! A home movie was paid: the customer may watch it (FR-32).

use boxoffice_kernel::{BookingId, CustomerId, TitleId};

use crate::domain::{Entry, License};
use crate::store::Unit;

/// Grant the licence that a booking bought.
#[derive(Clone, Debug)]
pub(crate) struct GrantLicense {
    /// Which booking.
    pub booking_id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What.
    pub title_id: TitleId,
}

// === impl GrantLicense ===

impl GrantLicense {
    pub(super) fn decide(&self, unit: &mut Unit) -> License {
        let (customer_id, title_id) = (self.customer_id.clone(), self.title_id);
        let (license, what) = match unit.find(License::id_of(self.booking_id)) {
            Some(Entry::License(known)) => return known.clone(),
            Some(Entry::Mark(mark)) => {
                License::grant_too_late(*mark, customer_id, title_id, unit.now)
            }
            None => License::grant(self.booking_id, customer_id, title_id, unit.now),
        };
        unit.record(license, what)
    }
}
