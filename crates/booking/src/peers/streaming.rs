//! Streaming, as booking asks it.

use boxoffice_contracts::streaming::v1::RevokeLicenseRequest;
use boxoffice_runtime::breaker::CallError;

use super::{NoAnswer, Peers, reason};
use crate::domain::Booking;

/// What became of the wish to take back a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revocation {
    /// It is revoked, or will never be granted.
    Revoked,
    /// The title was watched, and the licence stays.
    Watched,
}

// === impl Peers: streaming ===

impl Peers {
    /// Takes back the licence of a title to watch. Repeating it answers as the first time. Streaming carries out no call
    /// whose asker has gone; should it have been quicker, it says `LicenseRevoked`.
    pub(crate) async fn revoke(&self, booking: &Booking) -> Result<Revocation, NoAnswer> {
        let request = RevokeLicenseRequest {
            booking_id: booking.id.to_string(),
            customer_id: booking.customer_id.as_str().to_owned(),
        };
        let mut revocations = self.revocations.clone();
        let call = async move { revocations.revoke_license(request).await };
        match self.streaming_breaker.call(self.deadline, call).await {
            Ok(_) => Ok(Revocation::Revoked),
            Err(CallError::Status(status)) if reason(&status) == "TITLE_WATCHED" => {
                Ok(Revocation::Watched)
            }
            Err(CallError::Status(_) | CallError::Open | CallError::Timeout) => {
                Err(NoAnswer("streaming"))
            }
        }
    }
}
