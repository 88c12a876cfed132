//! Booking wants to cancel: what was not watched is taken back (FR-41).

use std::sync::Weak;

use boxoffice_kernel::{BookingId, CustomerId};

use crate::Error;
use crate::domain::{Entry, License};
use crate::store::Unit;

/// Take back the licence of a booking, or leave the mark that there will be none.
#[derive(Clone, Debug)]
pub(crate) struct RevokeLicense {
    /// Which booking.
    pub booking_id: BookingId,
    /// Whose it has to be.
    pub customer_id: CustomerId,
    /// Gone as soon as nobody waits for the answer any more.
    pub asker: Weak<()>,
}

// === impl RevokeLicense ===

impl RevokeLicense {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Option<License>, Error> {
        // Whoever waited in vain believes that nothing was revoked.
        if self.asker.strong_count() == 0 {
            return Err(Error::AskerGone);
        }
        let id = License::id_of(self.booking_id);
        let mut license = match unit.find(id) {
            Some(Entry::License(known)) if known.customer_id != self.customer_id => {
                return Err(Error::NotFound(id));
            }
            Some(Entry::License(known)) => known.clone(),
            Some(Entry::Mark(_)) => return Ok(None),
            None => {
                unit.mark(self.booking_id);
                return Ok(None);
            }
        };
        Ok(Some(match license.revoke(unit.now)? {
            Some(what) => unit.record(license, what),
            None => license,
        }))
    }
}
