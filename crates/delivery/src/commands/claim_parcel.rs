//! A worker takes a parcel in hand: moved forward, its next attempt is a lease.

use boxoffice_kernel::DeliveryId;

use crate::domain::Delivery;
use crate::store::Unit;

/// Takes a parcel that is due, unless another replica has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaimParcel {
    /// Of which delivery.
    pub delivery_id: DeliveryId,
}

// === impl ClaimParcel ===

impl ClaimParcel {
    pub(super) fn decide(self, unit: &mut Unit) -> Option<Delivery> {
        let (pace, now) = (unit.pace, unit.now);
        let delivery = unit.delivery(self.delivery_id).ok()?;
        delivery.claim(&pace, now)?;
        Some(delivery.clone())
    }
}
