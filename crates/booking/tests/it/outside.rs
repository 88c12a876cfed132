//! Seating, payment, catalog and streaming, as far as booking sees them: they can be down, and they remember.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_contracts::catalog::v1 as catalog;
use boxoffice_contracts::catalog::v1::catalog_service_server::CatalogService;
use boxoffice_contracts::convert;
use boxoffice_contracts::payment::v1 as payment;
use boxoffice_contracts::payment::v1::payment_approval_service_server::PaymentApprovalService;
use boxoffice_contracts::seating::v1 as seating;
use boxoffice_contracts::seating::v1::hold_seats_response::Outcome;
use boxoffice_contracts::seating::v1::seat_hold_service_server::SeatHoldService;
use boxoffice_contracts::streaming::v1 as streaming;
use boxoffice_contracts::streaming::v1::license_revocation_service_server::LicenseRevocationService;
use boxoffice_kernel::{Clock, Currency, Fault, Kind, Money};
use boxoffice_runtime::to_status;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// A card that pays.
pub(crate) const VISA: &str = "pm_visa";
/// A card that does not.
pub(crate) const DECLINED: &str = "pm_declined";
/// What a seat costs, and a film at home.
pub(crate) const PRICE: i64 = 12_000;

/// What a test does to them and sees of them, shared by all processes.
#[derive(Debug)]
pub(crate) struct Outside {
    /// What every showing shows, and what is watched at home.
    pub title_id: Uuid,
    /// When every showing starts.
    pub starts_in: Mutex<Duration>,
    pub seating: Line,
    pub payment: Line,
    pub catalog: Line,
    pub streaming: Line,
    /// Nobody gets these.
    pub taken: Mutex<BTreeSet<String>>,
    /// The title was watched.
    pub watched: AtomicBool,
    /// There is no such showing.
    pub no_showing: AtomicBool,
    holds: Mutex<Vec<Uuid>>,
    charges: Mutex<BTreeMap<Uuid, Uuid>>,
    revoked: Mutex<BTreeSet<Uuid>>,
}

/// How well one of them can be reached.
#[derive(Debug, Default)]
pub(crate) struct Line {
    down: AtomicBool,
    mute: AtomicBool,
}

/// All four of them.
#[derive(Clone, Debug)]
pub(crate) struct Peers(pub Arc<Outside>);

/// A refusal as its context would word it.
#[derive(Debug, thiserror::Error)]
#[error("no")]
struct No(Kind, &'static str);

// === impl Line ===

impl Line {
    /// It answers nobody.
    pub(crate) fn down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// It does what it is asked, but its answers get lost.
    pub(crate) fn mute(&self, mute: bool) {
        self.mute.store(mute, Ordering::SeqCst);
    }

    fn reach(&self) -> Result<(), Status> {
        match self.down.load(Ordering::SeqCst) {
            true => Err(Status::unavailable("down")),
            false => Ok(()),
        }
    }

    async fn answer<T>(&self, answer: T) -> Result<Response<T>, Status> {
        if self.mute.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(answer))
    }
}

// === impl Outside ===

impl Outside {
    /// Every time somebody held seats for a booking.
    pub(crate) fn holds_of(&self, booking_id: Uuid) -> usize {
        self.holds.lock().unwrap().iter().filter(|it| **it == booking_id).count()
    }

    /// The attempts that a booking was charged by.
    pub(crate) fn charges_of(&self, booking_id: Uuid) -> usize {
        self.charges.lock().unwrap().values().filter(|it| **it == booking_id).count()
    }

    /// Whether a booking's licence was taken back.
    pub(crate) fn is_revoked(&self, booking_id: Uuid) -> bool {
        self.revoked.lock().unwrap().contains(&booking_id)
    }
}

impl Default for Outside {
    fn default() -> Self {
        Self {
            title_id: Uuid::new_v4(),
            starts_in: Mutex::new(Duration::from_secs(3 * 3600)),
            seating: Line::default(),
            payment: Line::default(),
            catalog: Line::default(),
            streaming: Line::default(),
            taken: Mutex::default(),
            watched: AtomicBool::new(false),
            no_showing: AtomicBool::new(false),
            holds: Mutex::default(),
            charges: Mutex::default(),
            revoked: Mutex::default(),
        }
    }
}

impl Fault for No {
    fn kind(&self) -> Kind {
        self.0
    }

    fn reason(&self) -> &'static str {
        self.1
    }
}

fn won(units: i64) -> Option<boxoffice_contracts::google::r#type::Money> {
    Some(convert::price(Money::from_minor(units, Currency::Krw).unwrap()))
}

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

// === impl Peers ===

#[async_trait]
impl SeatHoldService for Peers {
    async fn hold_seats(
        &self,
        request: Request<seating::HoldSeatsRequest>,
    ) -> Result<Response<seating::HoldSeatsResponse>, Status> {
        let (outside, asked) = (&self.0, request.into_inner());
        outside.seating.reach()?;
        if outside.no_showing.load(Ordering::SeqCst) {
            return Err(to_status(&No(Kind::NotFound, "SHOWING_NOT_FOUND")));
        }
        let taken = {
            let taken = outside.taken.lock().unwrap();
            asked.seats.iter().filter(|it| taken.contains(*it)).cloned().collect::<Vec<_>>()
        };
        let outcome = if taken.is_empty() {
            outside.holds.lock().unwrap().push(id(&asked.booking_id));
            let starts_at = Clock.now() + *outside.starts_in.lock().unwrap();
            let held = |seat: String, quantity| seating::HeldSeat {
                seat,
                grade: "R".to_owned(),
                price: won(PRICE),
                quantity,
            };
            let count = i64::from(asked.quantity) + asked.seats.len() as i64;
            let seats = match asked.quantity {
                0 => asked.seats.into_iter().map(|seat| held(seat, 1)).collect(),
                quantity => vec![held(String::new(), quantity)],
            };
            Outcome::Held(seating::HeldSeats {
                seats,
                amount: won(count * PRICE),
                title_id: outside.title_id.to_string(),
                start_time: Some(convert::timestamp(starts_at)),
                end_time: Some(convert::timestamp(starts_at + Duration::from_secs(7_200))),
            })
        } else {
            Outcome::Unavailable(seating::SeatsUnavailable { seats: taken, seats_left: 0 })
        };
        outside.seating.answer(seating::HoldSeatsResponse { outcome: Some(outcome) }).await
    }
}

#[async_trait]
impl PaymentApprovalService for Peers {
    async fn approve_payment(
        &self,
        request: Request<payment::ApprovePaymentRequest>,
    ) -> Result<Response<payment::ApprovePaymentResponse>, Status> {
        let (outside, asked) = (&self.0, request.into_inner());
        outside.payment.reach()?;
        let (state, provider_reason) = if asked.payment_method == DECLINED {
            (payment::PaymentState::Declined, "card_declined".to_owned())
        } else {
            let (payment_id, booking_id) = (id(&asked.payment_id), id(&asked.booking_id));
            outside.charges.lock().unwrap().insert(payment_id, booking_id);
            (payment::PaymentState::Approved, String::new())
        };
        let payment = payment::Payment {
            payment_id: asked.payment_id,
            booking_id: asked.booking_id,
            state: state.into(),
            provider_reason,
            ..Default::default()
        };
        let answer = payment::ApprovePaymentResponse { payment: Some(payment) };
        outside.payment.answer(answer).await
    }
}

#[async_trait]
impl LicenseRevocationService for Peers {
    async fn revoke_license(
        &self,
        request: Request<streaming::RevokeLicenseRequest>,
    ) -> Result<Response<streaming::RevokeLicenseResponse>, Status> {
        let outside = &self.0;
        outside.streaming.reach()?;
        if outside.watched.load(Ordering::SeqCst) {
            return Err(to_status(&No(Kind::Refused, "TITLE_WATCHED")));
        }
        outside.revoked.lock().unwrap().insert(id(&request.get_ref().booking_id));
        outside.streaming.answer(streaming::RevokeLicenseResponse::default()).await
    }
}

#[async_trait]
impl CatalogService for Peers {
    async fn get_title(
        &self,
        request: Request<catalog::GetTitleRequest>,
    ) -> Result<Response<catalog::GetTitleResponse>, Status> {
        self.0.catalog.reach()?;
        let title = catalog::Title {
            title_id: request.into_inner().title_id,
            state: catalog::TitleState::Listed.into(),
            home_price: won(PRICE),
            ..Default::default()
        };
        self.0.catalog.answer(catalog::GetTitleResponse { title: Some(title) }).await
    }

    async fn register_title(
        &self,
        _: Request<catalog::RegisterTitleRequest>,
    ) -> Result<Response<catalog::RegisterTitleResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    async fn list_titles(
        &self,
        _: Request<catalog::ListTitlesRequest>,
    ) -> Result<Response<catalog::ListTitlesResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    async fn update_title(
        &self,
        _: Request<catalog::UpdateTitleRequest>,
    ) -> Result<Response<catalog::UpdateTitleResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    async fn remove_title(
        &self,
        _: Request<catalog::RemoveTitleRequest>,
    ) -> Result<Response<catalog::RemoveTitleResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
}
