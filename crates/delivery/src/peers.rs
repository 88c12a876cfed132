//! What delivery asks of booking: where a parcel goes, at the moment it goes out. No event carries that.

use std::time::Duration;

use boxoffice_contracts::booking::v1::booking_lookup_service_client::BookingLookupServiceClient;
use boxoffice_contracts::booking::v1::{ContactPurpose, GetContactRequest};
use boxoffice_kernel::{BookingId, Context};
use boxoffice_runtime::Peers;
use boxoffice_runtime::breaker::Breaker;
use boxoffice_runtime::peers::Peer;

use crate::config::Config;
use crate::domain::Contact;
use crate::error::Unanswered;

/// Booking, behind its breaker. Nothing here retries: the worker does, by its rows.
#[derive(Clone, Debug)]
pub(crate) struct Booking {
    lookup: BookingLookupServiceClient<Peer>,
    breaker: Breaker,
    deadline: Duration,
}

// === impl Booking ===

impl Booking {
    pub(crate) fn new(peers: &Peers, config: &Config) -> Self {
        Self {
            lookup: BookingLookupServiceClient::new(peers.get(Context::BOOKING)),
            breaker: Breaker::new("delivery-booking", config.breaker),
            deadline: config.peer_deadline,
        }
    }

    /// How to reach the customer of a booking.
    pub(crate) async fn contact(&self, booking_id: BookingId) -> Result<Contact, Unanswered> {
        let purpose = ContactPurpose::Parcel.into();
        let request = GetContactRequest { booking_id: booking_id.to_string(), purpose };
        let mut lookup = self.lookup.clone();
        let call = async move { lookup.get_contact(request).await };
        let answer = self.breaker.call(self.deadline, call).await;
        let answer = answer.map_err(|error| Unanswered::new("booking", error))?;
        let contact = answer.contact.unwrap_or_default();
        Ok(Contact { name: contact.name, phone: contact.phone, address: contact.address })
    }
}
