//! Somebody stands at the door with a ticket that we signed.

use boxoffice_kernel::{DeliveryId, TicketId};

use crate::Error;
use crate::domain::{Delivery, Refusal};
use crate::store::Unit;

/// Lets its holder in, once: the second time it is refused, and with the time of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CheckInTicket {
    /// Of which delivery.
    pub delivery_id: DeliveryId,
    /// Which.
    pub ticket_id: TicketId,
}

// === impl CheckInTicket ===

impl CheckInTicket {
    pub(super) fn decide(self, unit: &mut Unit) -> Result<Delivery, Error> {
        let now = unit.now;
        let unknown = Refusal::UnknownTicket(self.ticket_id);
        let delivery = unit.delivery(self.delivery_id).map_err(|_| unknown)?;
        delivery.check_in(self.ticket_id, now)?;
        Ok(delivery.clone())
    }
}
