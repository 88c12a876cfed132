//! What booking asks of others, in booking's words. Nothing here retries: the saga does, by its rows.

mod payment;
mod seating;
mod streaming;

use std::sync::Arc;
use std::time::Duration;

use boxoffice_contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use boxoffice_contracts::catalog::v1::{GetTitleRequest, TitleState};
use boxoffice_contracts::convert;
use boxoffice_contracts::payment::v1::payment_approval_service_client::PaymentApprovalServiceClient;
use boxoffice_contracts::seating::v1::seat_hold_service_client::SeatHoldServiceClient;
use boxoffice_contracts::seating::v1::seating_service_client::SeatingServiceClient;
use boxoffice_contracts::streaming::v1::license_revocation_service_client::LicenseRevocationServiceClient;
use boxoffice_kernel::{Context, Money, Time, TitleId};
use boxoffice_runtime::breaker::{Breaker, CallError};
use boxoffice_runtime::peers::{Peer, Peers as Addresses};
use boxoffice_runtime::reason_of;
use tonic::{Code, Status};

pub(crate) use self::payment::Approval;
pub(crate) use self::streaming::Revocation;

use self::seating::Showings;
use crate::config::Config;
use crate::domain::{BookedSeat, Booking, Item, NotForSale, Shown};

/// The contexts booking calls, each behind its breaker.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    catalog: CatalogServiceClient<Peer>,
    catalog_breaker: Breaker,
    holds: SeatHoldServiceClient<Peer>,
    showings: SeatingServiceClient<Peer>,
    seating_breaker: Breaker,
    payment: PaymentApprovalServiceClient<Peer>,
    payment_breaker: Breaker,
    revocations: LicenseRevocationServiceClient<Peer>,
    streaming_breaker: Breaker,
    known: Arc<Showings>,
    deadline: Duration,
    payment_deadline: Duration,
}

/// What became of the wish to hold something.
#[derive(Debug)]
pub(crate) enum Hold {
    /// It is held, and costs this.
    Held { seats: Vec<BookedSeat>, amount: Money, shown: Option<Shown> },
    /// Somebody else has them.
    Taken { seats: Vec<String> },
    /// Nobody can have it.
    NotForSale(NotForSale),
    /// The booking was closed meanwhile.
    Closed,
}

/// The peer did not answer in time, or nobody asked it because it has not for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} did not answer")]
pub(crate) struct NoAnswer(pub(crate) &'static str);

// === impl Peers ===

impl Peers {
    pub(crate) fn new(addresses: &Addresses, config: &Config) -> Self {
        let seating = addresses.get(Context::SEATING);
        let breaker = |name| Breaker::new(name, config.breaker);
        Self {
            catalog: CatalogServiceClient::new(addresses.get(Context::CATALOG)),
            catalog_breaker: breaker("booking-catalog"),
            holds: SeatHoldServiceClient::new(seating.clone()),
            showings: SeatingServiceClient::new(seating),
            seating_breaker: breaker("booking-seating"),
            payment: PaymentApprovalServiceClient::new(addresses.get(Context::PAYMENT)),
            payment_breaker: breaker("booking-payment"),
            revocations: LicenseRevocationServiceClient::new(addresses.get(Context::STREAMING)),
            streaming_breaker: breaker("booking-streaming"),
            known: Arc::default(),
            deadline: config.peer_deadline,
            payment_deadline: config.terms.payment,
        }
    }

    /// Step 2: holds what the booking asks for, or learns the price of a title to watch.
    pub(crate) async fn hold(&self, booking: &Booking) -> Result<Hold, NoAnswer> {
        match &booking.item {
            Item::Seats { showing_id, seats } => {
                let seats = seats.iter().map(|seat| seat.0.clone()).collect();
                self.hold_seats(booking.id, *showing_id, seats, 0).await
            }
            Item::Places { showing_id, quantity } => {
                let quantity = i32::try_from(*quantity).unwrap_or(i32::MAX);
                self.hold_seats(booking.id, *showing_id, Vec::new(), quantity).await
            }
            Item::HomeMovie { title_id } => self.price_title(*title_id).await,
        }
    }

    /// Whether an item could be had at all, before anything is written. No answer is no objection:
    /// the hold decides.
    pub(crate) async fn objection(&self, item: &Item, now: Time) -> Option<NotForSale> {
        match item {
            Item::Seats { showing_id, .. } => self.showing_objection(*showing_id, true, now).await,
            Item::Places { showing_id, .. } => {
                self.showing_objection(*showing_id, false, now).await
            }
            Item::HomeMovie { title_id } => match self.price_title(*title_id).await {
                Ok(Hold::NotForSale(reason)) => Some(reason),
                Ok(Hold::Held { .. } | Hold::Taken { .. } | Hold::Closed) | Err(NoAnswer(_)) => {
                    None
                }
            },
        }
    }

    async fn price_title(&self, title_id: TitleId) -> Result<Hold, NoAnswer> {
        let request = GetTitleRequest { title_id: title_id.to_string() };
        let mut catalog = self.catalog.clone();
        let call = async move { catalog.get_title(request).await };
        let title = match self.catalog_breaker.call(self.deadline, call).await {
            Ok(response) => response.title.unwrap_or_default(),
            Err(CallError::Status(status)) if status.code() == Code::NotFound => {
                return Ok(Hold::NotForSale(NotForSale::TitleNotFound));
            }
            Err(_) => return Err(NoAnswer("catalog")),
        };
        let price = title.home_price.as_ref().and_then(|it| convert::money("home_price", it).ok());
        match (title.state(), price) {
            (TitleState::Listed, Some(price)) => {
                let grade = "HOME".to_owned();
                let seats = vec![BookedSeat { seat: None, grade, price, quantity: 1 }];
                Ok(Hold::Held { seats, amount: price, shown: None })
            }
            (TitleState::Listed | TitleState::Removed | TitleState::Unspecified, _) => {
                Ok(Hold::NotForSale(NotForSale::TitleNotToWatch))
            }
        }
    }
}

/// The stable reason a peer gave with its refusal.
fn reason(status: &Status) -> String {
    reason_of(status).unwrap_or_default()
}
