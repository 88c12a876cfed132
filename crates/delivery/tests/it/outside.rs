//! Booking and the shipper, as far as delivery sees them: they can be down, and they remember.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use boxoffice_contracts::booking::v1 as booking;
use boxoffice_contracts::booking::v1::booking_lookup_service_server::BookingLookupService;
use boxoffice_delivery::domain::Contact;
use boxoffice_delivery::shipper::simulator::Simulator;
use boxoffice_delivery::shipper::{Consignment, Receipt, Shipper, ShipperError};
use boxoffice_kernel::DeliveryId;
use tonic::{Request, Response, Status};

/// What a test does to them and sees of them, shared by all replicas.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    booking_down: AtomicBool,
    shipper_mute: AtomicBool,
    homeless: AtomicBool,
    shipped: Mutex<Vec<(DeliveryId, Contact)>>,
    recalled: Mutex<Vec<DeliveryId>>,
}

/// Booking.
pub(crate) struct Booking(pub Arc<Outside>);

/// The shipper.
#[derive(Debug)]
pub(crate) struct Carrier(pub Arc<Outside>);

// === impl Outside ===

impl Outside {
    /// Booking answers nobody.
    pub(crate) fn booking_down(&self, down: bool) {
        self.booking_down.store(down, Ordering::SeqCst);
    }

    /// The shipper takes parcels, but its answers get lost.
    pub(crate) fn shipper_mute(&self, mute: bool) {
        self.shipper_mute.store(mute, Ordering::SeqCst);
    }

    /// Customers have no address.
    pub(crate) fn homeless(&self, homeless: bool) {
        self.homeless.store(homeless, Ordering::SeqCst);
    }

    /// Every time a parcel was handed over.
    pub(crate) fn shipped(&self) -> Vec<(DeliveryId, Contact)> {
        self.shipped.lock().unwrap().clone()
    }

    /// Every time one was called back.
    pub(crate) fn recalled(&self) -> Vec<DeliveryId> {
        self.recalled.lock().unwrap().clone()
    }
}

// === impl Booking ===

#[async_trait]
impl BookingLookupService for Booking {
    async fn get_contact(
        &self,
        _: Request<booking::GetContactRequest>,
    ) -> Result<Response<booking::GetContactResponse>, Status> {
        if self.0.booking_down.load(Ordering::SeqCst) {
            return Err(Status::unavailable("booking is down"));
        }
        let homeless = self.0.homeless.load(Ordering::SeqCst);
        let contact = booking::Contact {
            name: "Alice".to_owned(),
            phone: "010-1234-5678".to_owned(),
            address: if homeless { String::new() } else { "1 Sejong-daero, Seoul".to_owned() },
            ..Default::default()
        };
        Ok(Response::new(booking::GetContactResponse { contact: Some(contact) }))
    }

    async fn check_attendance(
        &self,
        _: Request<booking::CheckAttendanceRequest>,
    ) -> Result<Response<booking::CheckAttendanceResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
}

// === impl Carrier ===

#[async_trait]
impl Shipper for Carrier {
    async fn ship(&self, consignment: Consignment) -> Result<Receipt, ShipperError> {
        let Consignment { key, contact } = consignment.clone();
        self.0.shipped.lock().unwrap().push((key, contact));
        if self.0.shipper_mute.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Simulator::new(Default::default()).ship(consignment).await
    }

    async fn recall(&self, key: DeliveryId) -> Result<(), ShipperError> {
        self.0.recalled.lock().unwrap().push(key);
        Ok(())
    }
}
