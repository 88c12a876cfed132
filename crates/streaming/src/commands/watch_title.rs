//! The customer watches what they bought (FR-33).

use boxoffice_kernel::{CustomerId, LicenseId};

use crate::Error;
use crate::domain::License;
use crate::store::Unit;

/// Begin to watch.
#[derive(Clone, Debug)]
pub(crate) struct WatchTitle {
    /// Under which licence.
    pub license_id: LicenseId,
    /// Whose it has to be.
    pub customer_id: CustomerId,
}

// === impl WatchTitle ===

impl WatchTitle {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<License, Error> {
        let known = unit.license(self.license_id);
        let known = known.filter(|it| it.customer_id == self.customer_id);
        let mut license = known.cloned().ok_or(Error::NotFound(self.license_id))?;
        match license.watch(unit.now)? {
            Some(what) => Ok(unit.record(license, what)),
            None => Ok(license),
        }
    }
}
