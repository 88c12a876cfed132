//! A parcel has arrived.

use boxoffice_kernel::DeliveryId;

use crate::Error;
use crate::domain::Delivery;
use crate::store::Unit;

/// Says so; again is as once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompleteDelivery {
    /// Which.
    pub delivery_id: DeliveryId,
}

// === impl CompleteDelivery ===

impl CompleteDelivery {
    pub(super) fn decide(self, unit: &mut Unit) -> Result<Delivery, Error> {
        let now = unit.now;
        let delivery = unit.delivery(self.delivery_id)?;
        let event = delivery.complete(now)?;
        let delivery = delivery.clone();
        unit.record(event);
        Ok(delivery)
    }
}
