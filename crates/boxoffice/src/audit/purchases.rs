//! Invariants 2 and 3: who has seats has paid, who has paid has seats, and who has neither has neither.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_booking::audit::BookingRow;
use boxoffice_booking::domain::State;
use boxoffice_kernel::BookingId;
use boxoffice_payment::audit::{PaymentRow, Standing};
use boxoffice_seating::audit::{Books, HoldRow, HoldState};

use super::Findings;

/// Bookings beside what seating and payment have of them.
pub(super) struct Purchases<'a> {
    bookings: &'a [BookingRow],
    holds: BTreeMap<BookingId, &'a HoldRow>,
    payments: BTreeMap<BookingId, Vec<&'a PaymentRow>>,
}

// === impl Purchases ===

impl<'a> Purchases<'a> {
    pub(super) fn new(
        bookings: &'a [BookingRow],
        seating: &'a Books,
        payments: &'a [PaymentRow],
    ) -> Self {
        let holds = seating.holds.iter().map(|hold| (hold.booking_id, hold)).collect();
        let mut by_booking: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for payment in payments {
            by_booking.entry(payment.booking_id).or_default().push(payment);
        }
        Self { bookings, holds, payments: by_booking }
    }

    pub(super) fn compare(&self, findings: &mut Findings) {
        for booking in self.bookings {
            match booking.state {
                State::Confirmed => self.confirmed(booking, findings),
                State::Rejected | State::Expired | State::Cancelled => {
                    self.closed(booking, findings);
                }
                State::Placed | State::AwaitingPayment | State::Cancelling => {
                    findings
                        .in_flight
                        .push(format!("booking {} is {:?}", booking.id, booking.state));
                }
            }
        }
        self.orphans(findings);
    }

    /// CONFIRMED ⇒ its seats are SOLD to it, and exactly one APPROVED payment of its amount exists.
    fn confirmed(&self, booking: &BookingRow, findings: &mut Findings) {
        let id = booking.id;
        if booking.showing_id.is_some() {
            match self.holds.get(&id) {
                Some(hold) if hold.state == HoldState::Held => {
                    findings
                        .in_flight
                        .push(format!("booking {id} is confirmed, its seats not sold yet"));
                }
                Some(hold) if hold.state == HoldState::Sold && same_seats(booking, hold) => {}
                Some(_) | None => findings
                    .broken
                    .push(format!("invariant 2: booking {id} is confirmed without its seats")),
            }
        }
        let approved: Vec<_> =
            self.payments_of(id).filter(|it| it.standing == Standing::Approved).collect();
        let right = matches!(&approved[..], [one] if Some(one.amount) == booking.amount);
        if !right {
            findings.broken.push(format!(
                "invariant 2: booking {id} is confirmed with {} approved payments of its amount",
                approved.len()
            ));
        }
    }

    /// REJECTED, EXPIRED or CANCELLED ⇒ it holds no seat and no money.
    fn closed(&self, booking: &BookingRow, findings: &mut Findings) {
        let id = booking.id;
        let holds = self.holds.get(&id).map(|hold| hold.state);
        if matches!(holds, Some(HoldState::Held | HoldState::Sold)) {
            findings.in_flight.push(format!("booking {id} is closed, its seats not released yet"));
        }
        for payment in self.payments_of(id) {
            match payment.standing {
                Standing::NotTaken | Standing::GivenBack => {}
                Standing::InFlight | Standing::Refunding | Standing::Approved => {
                    let payment = payment.payment_id;
                    findings.in_flight.push(format!(
                        "booking {id} is closed, its payment {payment} not given back yet"
                    ));
                }
            }
        }
    }

    /// What belongs to a booking that does not exist.
    fn orphans(&self, findings: &mut Findings) {
        let known: BTreeSet<_> = self.bookings.iter().map(|it| it.id).collect();
        for (id, hold) in &self.holds {
            if !known.contains(id) && matches!(hold.state, HoldState::Held | HoldState::Sold) {
                findings.broken.push(format!("invariant 2: unknown booking {id} has seats"));
            }
        }
        for (id, payments) in &self.payments {
            let kept = payments.iter().any(|it| it.standing == Standing::Approved);
            if !known.contains(id) && kept {
                findings.broken.push(format!("invariant 2: unknown booking {id} has paid"));
            }
        }
    }

    fn payments_of(&self, id: BookingId) -> impl Iterator<Item = &PaymentRow> {
        self.payments.get(&id).into_iter().flatten().copied()
    }
}

fn same_seats(booking: &BookingRow, hold: &HoldRow) -> bool {
    let asked: BTreeSet<_> = booking.seats.iter().collect();
    let has: BTreeSet<_> = hold.seats.iter().collect();
    asked == has && booking.quantity == hold.quantity && Some(hold.showing_id) == booking.showing_id
}
