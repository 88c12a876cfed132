//! How to reach a customer: booking knows, and is asked at the moment a notice goes out.

use std::time::Duration;

use boxoffice_contracts::booking::v1::booking_lookup_service_client::BookingLookupServiceClient;
use boxoffice_contracts::booking::v1::{ContactPurpose, GetContactRequest};
use boxoffice_kernel::{BookingId, Context};
use boxoffice_runtime::breaker::{Breaker, CallError};
use boxoffice_runtime::peers::{Peer, Peers};
use tonic::Code;

use crate::Error;
use crate::config::Config;
use crate::domain::{Contact, EmailAddress, Language};

/// Booking, behind a deadline and a breaker. Cheap to clone; clones share the breaker.
#[derive(Clone, Debug)]
pub(crate) struct Contacts {
    booking: BookingLookupServiceClient<Peer>,
    breaker: Breaker,
    deadline: Duration,
}

// === impl Contacts ===

impl Contacts {
    pub(crate) fn new(peers: &Peers, config: &Config) -> Self {
        Self {
            booking: BookingLookupServiceClient::new(peers.get(Context::BOOKING)),
            breaker: Breaker::new("notification-booking", config.breaker),
            deadline: config.peer_deadline,
        }
    }

    /// Asks for the contact of a booking. A booking that is not there has nobody to write to.
    pub(crate) async fn of(&self, booking_id: BookingId) -> Result<Contact, Error> {
        let mut booking = self.booking.clone();
        let purpose = ContactPurpose::Notice.into();
        let request = GetContactRequest { booking_id: booking_id.to_string(), purpose };
        let call = async move { booking.get_contact(request).await };
        let contact = match self.breaker.call(self.deadline, call).await {
            Ok(response) => response.contact.unwrap_or_default(),
            Err(CallError::Status(status)) if status.code() == Code::NotFound => Default::default(),
            Err(error) => return Err(Error::NoContact(error)),
        };
        Ok(Contact {
            email: EmailAddress::new(&contact.email),
            language: Language::of(&contact.language),
        })
    }
}
