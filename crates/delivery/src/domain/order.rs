//! A booking, as far as delivery goes: what is locked together and decided together.

use boxoffice_kernel::{BookingId, CustomerId, PaymentId, ShowingId, Time};

use super::{Delivery, Event, Method, delivery_of};

/// What is known of one booking. One law holds in it at every moment: a closed order has no
/// delivery that is not cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which booking.
    pub booking_id: BookingId,
    /// Since when nothing is delivered for it (design §2, rule 4).
    pub closed_at: Option<Time>,
    /// An attempt to pay it that was given back: what it paid for is not delivered.
    pub refunded: Option<PaymentId>,
    /// Its delivery, if one was begun.
    pub delivery: Option<Delivery>,
}

/// What a confirmed booking of a showing asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which booking.
    pub booking_id: BookingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Of which showing.
    pub showing_id: ShowingId,
    /// The attempt that paid for it.
    pub payment_id: PaymentId,
    /// How the tickets come.
    pub method: Method,
    /// One ticket for each of these.
    pub places: Places,
    /// When the showing begins, if known.
    pub starts_at: Option<Time>,
    /// Whose trace it belongs to, in the W3C's words.
    pub traceparent: Option<String>,
}

/// Where the people sit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Places {
    /// In seats with names.
    Seats(Vec<String>),
    /// Wherever they like; so many.
    Anywhere(u32),
}

/// Why a delivery is called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The booking is rejected, expired or cancelled.
    Closed,
    /// This payment was given back. It may have been another one than the one that paid.
    Refunded(PaymentId),
}

// === impl Order ===

impl Order {
    /// Of a booking nothing is known of yet.
    pub const fn new(booking_id: BookingId) -> Self {
        Self { booking_id, closed_at: None, refunded: None, delivery: None }
    }

    /// Whether there is anything to keep.
    pub const fn is_known(&self) -> bool {
        self.closed_at.is_some() || self.refunded.is_some() || self.delivery.is_some()
    }

    /// The delivery a confirmed booking gets, its tickets not signed yet (FR-30). Was it called off
    /// before, it is cancelled from its first moment: whoever comes first, the end is the same.
    /// `None`: it has one.
    pub fn begin(&self, wish: &Wish, now: Time) -> Option<(Delivery, Vec<Event>)> {
        if self.delivery.is_some() {
            return None;
        }
        let (mut delivery, mut events) = Delivery::begin(delivery_of(wish.booking_id), wish, now);
        if self.closed_at.is_some() || self.refunded == Some(wish.payment_id) {
            events = delivery.cancel(now).into_iter().collect();
        }
        Some((delivery, events))
    }

    /// Leaves the mark, also when nothing is known of the booking yet, and calls back what is on
    /// its way or has arrived (FR-31).
    pub fn end(&mut self, ending: Ending, now: Time) -> Option<Event> {
        match ending {
            Ending::Closed => {
                self.closed_at.get_or_insert(now);
            }
            Ending::Refunded(payment_id) => {
                let paid_by = self.delivery.as_ref().map(|it| it.payment_id);
                if paid_by.is_some_and(|paid| paid != payment_id) {
                    return None;
                }
                self.refunded = Some(payment_id);
            }
        }
        self.delivery.as_mut()?.cancel(now)
    }
}
