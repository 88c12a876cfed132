//! FR-01, FR-05, FR-06: an admin puts a title on the programme.

use boxoffice_kernel::TitleId;
use uuid::Uuid;

use crate::Error;
use crate::domain::{Details, Kind, Refusal, Title};
use crate::store::Unit;

/// Put a title on the programme.
#[derive(Clone, Debug)]
pub struct RegisterTitle {
    /// Derived from caller and `request_id`, so that a retry finds the first attempt.
    pub title_id: TitleId,
    /// Fingerprint of what was asked.
    pub request: Uuid,
    /// Film or musical.
    pub kind: Kind,
    /// Not yet checked.
    pub details: Details,
}

// === impl RegisterTitle ===

impl RegisterTitle {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Title, Error> {
        match unit.find(self.title_id) {
            Some(earlier) if earlier.request == self.request => Ok(earlier.clone()),
            Some(_) => Err(Refusal::RequestIdReused.into()),
            None => {
                let details = self.details.clone();
                let event =
                    Title::register(self.title_id, self.request, self.kind, details, unit.now())?;
                Ok(unit.record(event))
            }
        }
    }
}
