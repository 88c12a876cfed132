//! What customers ask for.

use boxoffice_contracts::booking::v1::place_booking_request::Item;
use boxoffice_contracts::booking::v1::{HomeMovie, PlaceBookingRequest, ShowingSeats};
use uuid::Uuid;

/// A card that pays.
pub const VISA: &str = "pm_card_visa";
/// Another card that pays.
pub const OTHER_CARD: &str = "pm_card_mastercard";
/// A card that is declined, as `card_declined`.
pub const DECLINED: &str = "pm_card_chargeDeclined";
/// A card that is charged only after `--simulator-slow`.
pub const SLOW: &str = "pm_sim_slow";
/// A card that is charged at once, but says so only after `--simulator-slow`.
pub const LATE: &str = "pm_sim_late";
/// A card whose provider never answers.
pub const UNAVAILABLE: &str = "pm_sim_unavailable";

/// A booking somebody wants to place.
#[derive(Clone, Debug)]
pub struct Wish(PlaceBookingRequest);

/// A fresh id.
#[must_use]
pub fn id() -> String {
    Uuid::new_v4().to_string()
}

// === impl Wish ===

impl Wish {
    /// These seats.
    #[must_use]
    pub fn seats<S: AsRef<str>>(showing_id: &str, seats: &[S]) -> Self {
        let seats = seats.iter().map(|seat| seat.as_ref().to_owned()).collect();
        Self::showing(showing_id, seats, 0)
    }

    /// So many places.
    #[must_use]
    pub fn places(showing_id: &str, quantity: i32) -> Self {
        Self::showing(showing_id, Vec::new(), quantity)
    }

    /// A title to watch at home.
    #[must_use]
    pub fn home_movie(title_id: &str) -> Self {
        Self::item(Item::HomeMovie(HomeMovie { title_id: title_id.to_owned() }))
    }

    /// Paid at once by this method.
    #[must_use]
    pub fn paid_by(mut self, method: &str) -> Self {
        method.clone_into(&mut self.0.payment_method);
        self
    }

    /// Under this request id.
    #[must_use]
    pub fn under(mut self, request_id: &str) -> Self {
        request_id.clone_into(&mut self.0.request_id);
        self
    }

    /// Changed in whatever way.
    #[must_use]
    pub fn but(mut self, change: impl FnOnce(&mut PlaceBookingRequest)) -> Self {
        change(&mut self.0);
        self
    }

    /// The request as it is sent.
    #[must_use]
    pub fn request(self) -> PlaceBookingRequest {
        self.0
    }

    fn showing(showing_id: &str, seats: Vec<String>, quantity: i32) -> Self {
        let showing_id = showing_id.to_owned();
        Self::item(Item::Showing(ShowingSeats { showing_id, seats, quantity }))
    }

    fn item(item: Item) -> Self {
        let request_id = id();
        Self(PlaceBookingRequest { request_id, item: Some(item), ..PlaceBookingRequest::default() })
    }
}
