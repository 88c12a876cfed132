//! Invariants 2 and 3 for titles to watch: who has paid has exactly one licence, who has their money back has none.

use std::collections::BTreeMap;

use boxoffice_booking::audit::BookingRow;
use boxoffice_booking::domain::State;
use boxoffice_kernel::BookingId;
use boxoffice_streaming::audit::LicenseRow;

use super::Findings;

/// Compares bookings with licences. A booking has at most one: its id follows from the booking's.
pub(super) fn compare(bookings: &[BookingRow], licenses: &[LicenseRow], findings: &mut Findings) {
    let mut left: BTreeMap<BookingId, &LicenseRow> =
        licenses.iter().map(|it| (it.booking_id, it)).collect();
    for booking in bookings {
        let license = left.remove(&booking.id);
        let live = license.filter(|it| it.live);
        let id = booking.id;
        match booking.state {
            State::Confirmed if booking.showing_id.is_some() => {
                if live.is_some() {
                    let line = format!("invariant 2: booking {id} is of seats and has a licence");
                    findings.broken.push(line);
                }
            }
            State::Confirmed => confirmed(booking, license, findings),
            State::Cancelling => {} // in flight itself
            State::Placed | State::AwaitingPayment => {
                if live.is_some() {
                    let line = format!("invariant 2: booking {id} is not paid and has a licence");
                    findings.broken.push(line);
                }
            }
            State::Rejected | State::Expired | State::Cancelled => {
                if live.is_some() {
                    let line = format!("booking {id} is closed, its licence not revoked yet");
                    findings.in_flight.push(line);
                }
            }
        }
    }
    for (id, _) in left.into_iter().filter(|(_, license)| license.live) {
        findings.broken.push(format!("invariant 2: unknown booking {id} has a licence"));
    }
}

/// CONFIRMED ⇒ one licence, its customer's, of its title.
fn confirmed(booking: &BookingRow, license: Option<&LicenseRow>, findings: &mut Findings) {
    let id = booking.id;
    let Some(license) = license else {
        findings.in_flight.push(format!("booking {id} is confirmed, its licence not granted yet"));
        return;
    };
    let theirs = license.customer_id == booking.customer_id;
    if !license.live {
        findings
            .broken
            .push(format!("invariant 2: booking {id} is confirmed, its licence revoked"));
    } else if !theirs || Some(license.title_id) != booking.title_id {
        findings.broken.push(format!("invariant 2: booking {id} has the licence of another"));
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_booking::domain::Fulfilment;
    use boxoffice_kernel::{CustomerId, LicenseId, TitleId};
    use uuid::Uuid;

    use super::*;

    const ID: BookingId = BookingId(Uuid::nil());
    const TITLE: TitleId = TitleId(Uuid::nil());

    fn booking(state: State) -> BookingRow {
        BookingRow {
            id: ID,
            customer_id: CustomerId::new("alice"),
            state,
            fulfilment: Fulfilment::Stream,
            title_id: Some(TITLE),
            showing_id: None,
            seats: Vec::new(),
            quantity: 1,
            amount: None,
            payment_id: None,
        }
    }

    fn license(customer: &str, live: bool) -> LicenseRow {
        LicenseRow {
            license_id: LicenseId(Uuid::nil()),
            booking_id: ID,
            customer_id: CustomerId::new(customer),
            title_id: TITLE,
            live,
            watched: false,
        }
    }

    #[test]
    fn licences_and_bookings_that_disagree_are_told() {
        use State::{AwaitingPayment, Cancelled, Cancelling, Confirmed, Expired};
        // (bookings, licences, broken, in flight)
        for (state, license, broken, in_flight) in [
            (Some(Confirmed), Some(license("alice", true)), 0, 0),
            (Some(Confirmed), Some(license("bob", true)), 1, 0),
            (Some(Confirmed), Some(license("alice", false)), 1, 0),
            (Some(Confirmed), None, 0, 1),
            (Some(AwaitingPayment), Some(license("alice", true)), 1, 0),
            (Some(Cancelling), Some(license("alice", true)), 0, 0),
            (Some(Cancelling), Some(license("alice", false)), 0, 0),
            (Some(Cancelled), Some(license("alice", true)), 0, 1),
            (Some(Cancelled), Some(license("alice", false)), 0, 0),
            (Some(Expired), None, 0, 0),
            (None, Some(license("alice", true)), 1, 0),
            (None, Some(license("alice", false)), 0, 0),
        ] {
            let bookings: Vec<_> = state.map(booking).into_iter().collect();
            let licenses: Vec<_> = license.into_iter().collect();
            let mut findings = Findings::default();
            compare(&bookings, &licenses, &mut findings);
            let found = (findings.broken.len(), findings.in_flight.len());
            assert_eq!(found, (broken, in_flight), "{state:?} {licenses:?}");
        }
    }
}
