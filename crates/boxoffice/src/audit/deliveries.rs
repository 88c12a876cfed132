//! Invariant 5, deliveries: who has paid for seats gets tickets, once; who has their money back has none that are good.

use std::collections::BTreeMap;

use boxoffice_booking::audit::BookingRow;
use boxoffice_booking::domain::State;
use boxoffice_delivery::audit::DeliveryRow;
use boxoffice_eventing::{Broker, Listener, pending};
use boxoffice_kernel::{BookingId, Context};

use super::{Findings, Stores};
use crate::stores;

/// Compares `bookings`, read just now, with deliveries. What differs may only be late: it is broken if delivery
/// had heard all that was said, and it still differs a moment later.
pub(super) async fn compare(
    stores: &Stores,
    broker: &dyn Broker,
    bookings: &[BookingRow],
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let (lines, heard) = look(stores, broker, bookings).await?;
    if lines.is_empty() || !heard {
        findings.in_flight.extend(lines);
        return Ok(());
    }
    tokio::time::sleep(stores::LOOK).await;
    let bookings = boxoffice_booking::audit::bookings(&stores.booking.read).await?;
    let (after, heard) = look(stores, broker, &bookings).await?;
    for line in after {
        if heard && lines.contains(&line) {
            findings.broken.push(format!("invariant 5: {line}"));
        } else {
            findings.in_flight.push(line);
        }
    }
    Ok(())
}

/// Where they differ, and whether delivery had heard all that was said when `bookings` were read: it is asked
/// between the two, and along the way that events go.
async fn look(
    stores: &Stores,
    broker: &dyn Broker,
    bookings: &[BookingRow],
) -> anyhow::Result<(Vec<String>, bool)> {
    let mut heard = true;
    for (source, db) in [(Context::BOOKING, &stores.booking), (Context::PAYMENT, &stores.payment)] {
        let unpublished = pending(&db.read).await?.outbox_unpublished;
        let durable = Listener::durable(Context::DELIVERY, source);
        heard &= unpublished == 0 && broker.lag(source, &durable).await? == 0;
    }
    let deliveries = boxoffice_delivery::audit::deliveries(&stores.delivery.read).await?;
    Ok((differences(bookings, &deliveries), heard))
}

fn differences(bookings: &[BookingRow], deliveries: &[DeliveryRow]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut live: BTreeMap<BookingId, usize> = BTreeMap::new();
    for delivery in deliveries.iter().filter(|it| it.is_live()) {
        *live.entry(delivery.booking_id).or_default() += 1;
    }
    for booking in bookings {
        let live = live.remove(&booking.id).unwrap_or_default();
        let (id, of_seats) = (booking.id, booking.showing_id.is_some());
        match booking.state {
            State::Confirmed if of_seats && live != 1 => {
                lines.push(format!("booking {id} is confirmed with {live} deliveries"));
            }
            State::Confirmed if !of_seats && live > 0 => {
                lines.push(format!("booking {id} is to watch at home and has a delivery"));
            }
            State::Placed | State::AwaitingPayment if live > 0 => {
                lines.push(format!("booking {id} is not paid and has a delivery"));
            }
            State::Rejected | State::Expired | State::Cancelled if live > 0 => {
                lines.push(format!("booking {id} is closed, its delivery is not cancelled"));
            }
            State::Confirmed
            | State::Placed
            | State::AwaitingPayment
            | State::Cancelling
            | State::Rejected
            | State::Expired
            | State::Cancelled => {}
        }
    }
    lines.extend(live.into_keys().map(|id| format!("unknown booking {id} has a delivery")));
    lines
}

#[cfg(test)]
mod tests {
    use boxoffice_booking::domain::Fulfilment;
    use boxoffice_delivery::domain::{State as Delivered, delivery_of};
    use boxoffice_kernel::{CustomerId, ShowingId};
    use uuid::Uuid;

    use super::*;

    const ID: BookingId = BookingId(Uuid::nil());

    fn booking(state: State, of_seats: bool) -> BookingRow {
        BookingRow {
            id: ID,
            customer_id: CustomerId::new("alice"),
            state,
            fulfilment: Fulfilment::ETicket,
            title_id: None,
            showing_id: of_seats.then_some(ShowingId(Uuid::nil())),
            seats: Vec::new(),
            quantity: 1,
            amount: None,
            payment_id: None,
        }
    }

    fn delivery(state: Delivered) -> DeliveryRow {
        DeliveryRow { delivery_id: delivery_of(ID), booking_id: ID, state }
    }

    #[test]
    fn deliveries_and_bookings_that_disagree_are_told() {
        use State::{AwaitingPayment, Cancelled, Cancelling, Confirmed, Expired};
        let (sent, called_back) = (delivery(Delivered::Started), delivery(Delivered::Cancelled));
        for (booked, deliveries, expected) in [
            (Some((Confirmed, true)), vec![sent], 0),
            (Some((Confirmed, true)), vec![delivery(Delivered::Completed)], 0),
            (Some((Confirmed, true)), vec![], 1),
            (Some((Confirmed, true)), vec![called_back], 1),
            (Some((Confirmed, true)), vec![sent, sent], 1),
            (Some((Confirmed, false)), vec![], 0),
            (Some((Confirmed, false)), vec![sent], 1),
            (Some((Cancelling, false)), vec![], 0),
            (Some((AwaitingPayment, true)), vec![sent], 1),
            (Some((Cancelled, true)), vec![sent], 1),
            (Some((Cancelled, true)), vec![called_back], 0),
            (Some((Expired, true)), vec![], 0),
            (None, vec![sent], 1),
            (None, vec![called_back], 0),
        ] {
            let bookings: Vec<_> =
                booked.map(|(state, seats)| booking(state, seats)).into_iter().collect();
            let found = differences(&bookings, &deliveries);
            assert_eq!(found.len(), expected, "{booked:?} {deliveries:?}: {found:?}");
        }
    }
}
