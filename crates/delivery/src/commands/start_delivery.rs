//! A booking of a showing is confirmed and paid: its tickets are made and sent.

use crate::Error;
use crate::domain::{Delivery, Method, State, Wish};
use crate::store::Unit;

/// Begins the delivery of a booking (FR-30), unless it has one; was it called off, it ends at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StartDelivery {
    /// What the booking asks for.
    pub wish: Wish,
}

// === impl StartDelivery ===

impl StartDelivery {
    pub(super) fn decide(&self, unit: &mut Unit) -> Result<Option<Delivery>, Error> {
        let (wish, now) = (&self.wish, unit.now);
        let Some((mut delivery, events)) = unit.order_of(wish.booking_id).begin(wish, now) else {
            return Ok(None);
        };
        match (delivery.method, delivery.state) {
            (Method::ETicket, State::Started | State::Completed) => {
                unit.issuer()?.sign(&mut delivery, wish.starts_at)?;
            }
            // A door without a connection would let them in.
            (Method::ETicket, State::Cancelled) | (Method::Post, _) => {}
        }
        unit.begin(delivery.clone(), events);
        Ok(Some(delivery))
    }
}
