//! Showings that were moved or cancelled: how many of their bookings have followed (design §3).

use boxoffice_booking::audit::BookingRow;
use boxoffice_booking::commands::{FanOut, ShowingChange};

/// How far one of them has come. Bookings follow in the order of their ids.
pub(super) fn progress(job: &FanOut, bookings: &[BookingRow]) -> String {
    let theirs = bookings.iter().filter(|it| it.showing_id == Some(job.showing_id));
    let (mut all, mut followed) = (0, 0);
    for booking in theirs {
        all += 1;
        followed += u32::from(job.cursor.is_some_and(|cursor| booking.id <= cursor));
    }
    let what = match job.change {
        ShowingChange::Moved { .. } => "moved",
        ShowingChange::Cancelled => "cancelled",
    };
    format!("showing {} was {what}, {followed} of its {all} bookings have followed", job.showing_id)
}

#[cfg(test)]
mod tests {
    use boxoffice_booking::domain::{Fulfilment, State};
    use boxoffice_kernel::{BookingId, CustomerId, ShowingId};
    use uuid::Uuid;

    use super::*;

    fn booking(id: u128, showing: u128) -> BookingRow {
        BookingRow {
            id: BookingId(Uuid::from_u128(id)),
            customer_id: CustomerId::new("alice"),
            state: State::Confirmed,
            fulfilment: Fulfilment::ETicket,
            title_id: None,
            showing_id: Some(ShowingId(Uuid::from_u128(showing))),
            seats: Vec::new(),
            quantity: 1,
            amount: None,
            payment_id: None,
        }
    }

    #[test]
    fn bookings_up_to_the_cursor_have_followed() {
        let bookings = [booking(9, 1), booking(3, 1), booking(2, 7), booking(5, 1)];
        for (cursor, expected) in [(None, "0 of its 3"), (Some(5), "2 of its 3")] {
            let job = FanOut {
                id: Uuid::nil(),
                showing_id: ShowingId(Uuid::from_u128(1)),
                change: ShowingChange::Cancelled,
                cursor: cursor.map(|id| BookingId(Uuid::from_u128(id))),
            };
            let line = progress(&job, &bookings);
            assert!(line.contains("was cancelled") && line.contains(expected), "{line}");
        }
    }
}
