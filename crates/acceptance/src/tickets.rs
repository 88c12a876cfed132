//! How people get their tickets, and get in with them.

use boxoffice_contracts::booking::v1::Contact;
use boxoffice_contracts::delivery::v1::{
    CheckInTicketRequest, CompleteDeliveryRequest, Delivery, DeliveryState, ListDeliveriesRequest,
    Ticket,
};
use boxoffice_testkit::platform::Context;
use tonic::Status;

use crate::{Person, Wish, eventually};

// === impl Person: tickets ===

impl Person {
    /// Looks at the deliveries of a booking.
    ///
    /// # Errors
    /// It is refused.
    pub async fn deliveries(&self, booking_id: &str) -> Result<Vec<Delivery>, Status> {
        let booking_id = booking_id.to_owned();
        let request = ListDeliveriesRequest { booking_id, ..ListDeliveriesRequest::default() };
        let answer = self.client(Context::DELIVERY).delivery().list_deliveries(request).await?;
        Ok(answer.into_inner().deliveries)
    }

    /// Waits until the one delivery of a booking is in a state, and returns it.
    ///
    /// # Panics
    /// It does not get there in time.
    pub async fn sees_delivery(&self, booking_id: &str, state: DeliveryState) -> Delivery {
        let what = format!("the delivery of {booking_id} is {state:?}");
        eventually(&what, || async {
            let mut deliveries = self.deliveries(booking_id).await.ok()?;
            assert!(deliveries.len() <= 1, "{deliveries:?}");
            deliveries.pop().filter(|it| it.state() == state)
        })
        .await
    }

    /// Waits until the shipper has the parcel of a booking, and returns its delivery.
    ///
    /// # Panics
    /// It does not get it in time.
    pub async fn sees_parcel(&self, booking_id: &str) -> Delivery {
        eventually(&format!("the shipper has the parcel of {booking_id}"), || async {
            let delivery = self.deliveries(booking_id).await.ok()?.pop()?;
            let parcel = delivery.parcel.as_ref()?;
            (!parcel.tracking_number.is_empty()).then_some(delivery)
        })
        .await
    }

    /// Says that a parcel has arrived, as the box office may.
    ///
    /// # Errors
    /// It is refused.
    pub async fn complete(&self, delivery_id: &str) -> Result<Delivery, Status> {
        let request = CompleteDeliveryRequest { delivery_id: delivery_id.to_owned() };
        let answer = self.client(Context::DELIVERY).delivery().complete_delivery(request).await?;
        Ok(answer.into_inner().delivery.unwrap())
    }

    /// Lets somebody in, as the door does.
    ///
    /// # Errors
    /// It is refused.
    pub async fn check_in(&self, code: &str) -> Result<Ticket, Status> {
        let request = CheckInTicketRequest { code: code.to_owned() };
        let answer = self.client(Context::DELIVERY).delivery().check_in_ticket(request).await?;
        Ok(answer.into_inner().ticket.unwrap())
    }
}

// === impl Wish: by post ===

impl Wish {
    /// With the tickets by post, to this address (FR-15).
    #[must_use]
    pub fn sent_to(self, name: &str, phone: &str, address: &str) -> Self {
        let [name, phone, address] = [name, phone, address].map(str::to_owned);
        let contact = Contact { name, phone, address, ..Contact::default() };
        self.but(|request| request.contact = Some(contact))
    }
}
