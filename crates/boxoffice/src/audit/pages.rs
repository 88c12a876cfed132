//! Invariant 5, my page: it shows each booking as booking, payment, delivery and streaming have it.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_booking::audit::BookingRow;
use boxoffice_booking::domain::State;
use boxoffice_delivery::audit::DeliveryRow;
use boxoffice_eventing::Broker;
use boxoffice_kernel::BookingId;
use boxoffice_mypage::audit::BookingRow as Shown;
use boxoffice_mypage::domain::{BookingStatus, DeliveryStatus, LicenseStatus, PaymentStatus};
use boxoffice_payment::audit::{PaymentRow, Standing};
use boxoffice_streaming::audit::LicenseRow;

use super::transit::Transit;
use super::{Findings, Stores};
use crate::stores;

/// What there is to show of each booking.
struct Sources {
    bookings: Vec<BookingRow>,
    payments: BTreeMap<BookingId, Vec<Standing>>,
    /// Those whose tickets are on their way, or with the customer.
    delivered: BTreeSet<BookingId>,
    /// Those with a licence that is good.
    licensed: BTreeSet<BookingId>,
}

/// Reads all of them. What differs may only be late: it is broken if nothing was on its way, and a moment
/// later nothing is and it still differs.
pub(super) async fn compare(
    stores: &Stores,
    broker: &dyn Broker,
    transit: &Transit,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let mut late = differences(stores).await?;
    if !late.is_empty() && transit.is_over() {
        tokio::time::sleep(stores::LOOK).await;
        let still_over = Transit::look(stores, broker).await?.is_over();
        let after = differences(stores).await?;
        if still_over {
            let (same, other): (Vec<_>, Vec<_>) =
                after.into_iter().partition(|line| late.contains(line));
            findings.broken.extend(same.into_iter().map(|line| format!("invariant 5: {line}")));
            late = other;
        } else {
            late = after;
        }
    }
    findings.in_flight.extend(late);
    Ok(())
}

/// My page first: it cannot then know more than those it hears it from.
async fn differences(stores: &Stores) -> anyhow::Result<Vec<String>> {
    let shown = boxoffice_mypage::audit::bookings(&stores.mypage.read).await?;
    let bookings = boxoffice_booking::audit::bookings(&stores.booking.read).await?;
    let payments = boxoffice_payment::audit::payments(&stores.payment.read).await?;
    let deliveries = boxoffice_delivery::audit::deliveries(&stores.delivery.read).await?;
    let licenses = boxoffice_streaming::audit::licenses(&stores.streaming.read).await?;
    Ok(Sources::new(bookings, &payments, &deliveries, &licenses).differ_from(shown))
}

// === impl Sources ===

impl Sources {
    fn new(
        bookings: Vec<BookingRow>,
        payments: &[PaymentRow],
        deliveries: &[DeliveryRow],
        licenses: &[LicenseRow],
    ) -> Self {
        let mut by_booking: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for payment in payments {
            by_booking.entry(payment.booking_id).or_default().push(payment.standing);
        }
        let delivered =
            deliveries.iter().filter(|it| it.is_live()).map(|it| it.booking_id).collect();
        let licensed = licenses.iter().filter(|it| it.live).map(|it| it.booking_id).collect();
        Self { bookings, payments: by_booking, delivered, licensed }
    }

    fn differ_from(&self, shown: Vec<Shown>) -> Vec<String> {
        let mut shown: BTreeMap<_, _> = shown.into_iter().map(|it| (it.id, it)).collect();
        let mut lines = Vec::new();
        for booking in &self.bookings {
            let id = booking.id;
            match shown.remove(&id) {
                None => lines.push(format!("my page does not show booking {id}")),
                Some(shown) => self.compare(booking, &shown, &mut lines),
            }
        }
        let unknown = shown.into_keys();
        lines.extend(unknown.map(|id| format!("my page shows booking {id}, which does not exist")));
        lines
    }

    fn compare(&self, booking: &BookingRow, shown: &Shown, lines: &mut Vec<String>) {
        let id = booking.id;
        let Shown { status, payment, delivery, license, .. } = shown;
        if !is_state(booking.state, *status) {
            let state = booking.state;
            lines.push(format!("my page shows booking {id} as {status:?}, booking as {state:?}"));
        }
        if shown.customer_id.as_ref() != Some(&booking.customer_id) {
            lines.push(format!("my page shows booking {id} to somebody else"));
        }
        let differs = shown.amount.is_some() && shown.amount != booking.amount;
        if differs || (booking.state == State::Confirmed && shown.amount.is_none()) {
            lines.push(format!("my page shows another amount of booking {id}"));
        }
        let standings = self.payments.get(&id).map(Vec::as_slice).unwrap_or_default();
        if !is_payment(standings, *payment) {
            lines.push(format!(
                "my page shows the payment of booking {id} as {payment:?}, payment as {standings:?}"
            ));
        }
        let is_shown =
            matches!(delivery, Some(DeliveryStatus::Started | DeliveryStatus::Completed));
        if self.delivered.contains(&id) != is_shown {
            lines.push(format!("my page shows the delivery of booking {id} as {delivery:?}"));
        }
        let is_shown = matches!(license, Some(LicenseStatus::Granted | LicenseStatus::Watched));
        if self.licensed.contains(&id) != is_shown {
            lines.push(format!("my page shows the licence of booking {id} as {license:?}"));
        }
    }
}

/// Booking says nothing when it begins to wait for the money, or to cancel.
fn is_state(state: State, shown: Option<BookingStatus>) -> bool {
    match state {
        State::Placed | State::AwaitingPayment => {
            matches!(shown, Some(BookingStatus::Placed | BookingStatus::AwaitingPayment))
        }
        State::Confirmed | State::Cancelling => shown == Some(BookingStatus::Confirmed),
        State::Rejected => shown == Some(BookingStatus::Rejected),
        State::Expired => shown == Some(BookingStatus::Expired),
        State::Cancelled => shown == Some(BookingStatus::Cancelled),
    }
}

/// What payment is still busy with may be shown either way.
fn is_payment(standings: &[Standing], shown: Option<PaymentStatus>) -> bool {
    let has = |standing| standings.contains(&standing);
    if has(Standing::InFlight) || has(Standing::Refunding) {
        true
    } else if has(Standing::Approved) {
        shown == Some(PaymentStatus::Approved)
    } else if has(Standing::GivenBack) {
        shown == Some(PaymentStatus::Cancelled)
    } else if has(Standing::NotTaken) {
        matches!(shown, Some(PaymentStatus::Declined | PaymentStatus::Cancelled))
    } else {
        // An attempt that was requested and has not reached payment.
        matches!(shown, None | Some(PaymentStatus::Pending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_there_is() {
        let confirmed = Some(BookingStatus::Confirmed);
        assert!(is_state(State::Confirmed, confirmed) && is_state(State::Cancelling, confirmed));
        assert!(is_state(State::Placed, Some(BookingStatus::AwaitingPayment)));
        assert!(!is_state(State::Placed, None) && !is_state(State::Cancelled, confirmed));
        let approved = Some(PaymentStatus::Approved);
        assert!(is_payment(&[Standing::NotTaken, Standing::Approved], approved));
        assert!(!is_payment(&[Standing::GivenBack], approved) && !is_payment(&[], approved));
        assert!(is_payment(&[], None) && is_payment(&[Standing::Refunding], approved));
        assert!(is_payment(&[Standing::NotTaken], Some(PaymentStatus::Declined)));
    }
}
