//! Something became of a parcel.

use boxoffice_kernel::DeliveryId;

use crate::Error;
use crate::domain::{Delivery, Outcome};
use crate::store::Unit;

/// Takes it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordParcel {
    /// Of which delivery.
    pub delivery_id: DeliveryId,
    /// What became of it.
    pub outcome: Outcome,
}

// === impl RecordParcel ===

impl RecordParcel {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Delivery, Error> {
        let (pace, now) = (unit.pace, unit.now);
        let delivery = unit.delivery(self.delivery_id)?;
        delivery.hear(&self.outcome, &pace, now);
        Ok(delivery.clone())
    }
}
