//! Booking, as review asks it: was somebody there? Behind a circuit breaker, and never waited for
//! longer than a deadline (OPS-01, NFR-08).

use std::time::Duration;

use boxoffice_contracts::booking::v1::CheckAttendanceRequest;
use boxoffice_contracts::booking::v1::booking_lookup_service_client::BookingLookupServiceClient;
use boxoffice_kernel::Context;
use boxoffice_runtime::{Breaker, CallError, Peer, Peers};

use crate::config::Config;
use crate::domain::Review;

/// Asks booking.
#[derive(Clone, Debug)]
pub(crate) struct Attendance {
    booking: BookingLookupServiceClient<Peer>,
    breaker: Breaker,
    deadline: Duration,
}

// === impl Attendance ===

impl Attendance {
    pub(crate) fn new(peers: &Peers, config: &Config) -> Self {
        Self {
            booking: BookingLookupServiceClient::new(peers.get(Context::BOOKING)),
            breaker: Breaker::new("review-booking", config.breaker),
            deadline: config.deadline,
        }
    }

    /// Whether the author of a review was there. Any failure is no answer: whatever it is, the
    /// author may have been.
    pub(crate) async fn of(&self, review: &Review) -> Result<bool, CallError> {
        let request = CheckAttendanceRequest {
            customer_id: review.customer_id.to_string(),
            title_id: review.title_id.to_string(),
        };
        let mut booking = self.booking.clone();
        let call = async move { booking.check_attendance(request).await };
        Ok(self.breaker.call(self.deadline, call).await?.attended)
    }
}
