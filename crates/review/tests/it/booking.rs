//! Booking, as review meets it: it knows who was there, and it can be silent or away.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use boxoffice_contracts::booking::v1 as pb;
use boxoffice_contracts::booking::v1::booking_lookup_service_server::BookingLookupService;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// What a test says of the past, and does to booking; shared by all replicas.
#[derive(Debug, Default)]
pub(crate) struct Door {
    attended: Mutex<BTreeSet<(String, String)>>,
    silent: AtomicBool,
    away: AtomicBool,
    calls: AtomicUsize,
}

/// Answers in booking's place.
#[derive(Clone, Debug)]
pub(crate) struct Booking(pub Arc<Door>);

// === impl Door ===

impl Door {
    /// They were there.
    pub(crate) fn attended(&self, customer: &str, title: Uuid) {
        self.attended.lock().unwrap().insert((customer.to_owned(), title.to_string()));
    }

    /// Questions get through, answers don't.
    pub(crate) fn silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }

    /// Nobody is there.
    pub(crate) fn away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// How often anybody asked.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

// === impl Booking ===

#[tonic::async_trait]
impl BookingLookupService for Booking {
    async fn get_contact(
        &self,
        _: Request<pb::GetContactRequest>,
    ) -> Result<Response<pb::GetContactResponse>, Status> {
        Err(Status::unimplemented("review asks for no contacts"))
    }

    async fn check_attendance(
        &self,
        request: Request<pb::CheckAttendanceRequest>,
    ) -> Result<Response<pb::CheckAttendanceResponse>, Status> {
        let pb::CheckAttendanceRequest { customer_id, title_id } = request.into_inner();
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        if self.0.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        if self.0.silent.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let attended = self.0.attended.lock().unwrap().contains(&(customer_id, title_id));
        Ok(Response::new(pb::CheckAttendanceResponse { attended }))
    }
}
