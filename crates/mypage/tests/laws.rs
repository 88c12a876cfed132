//! The law of the read model, in the domain: facts in any order, any of them twice, come to the same booking.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use boxoffice_kernel::{
    BookingId, Currency, CustomerId, Money, PaymentId, ShowingId, Time, TitleId,
};
use boxoffice_mypage::domain::{
    Booking, BookingStatus, DeliveryStatus, Fact, Item, LicenseStatus, PaymentStatus,
};
use proptest::prelude::*;
use uuid::Uuid;

/// A fact with the sequence of what it is about, and when it was said.
type Heard = (Fact, u64, Time);

/// One booking's life, as long as can be.
fn life() -> Vec<Heard> {
    let customer_id = CustomerId::new("alice");
    let (showing_id, title_id) = (ShowingId(Uuid::from_u128(1)), TitleId(Uuid::from_u128(2)));
    let (first, second) = (PaymentId(Uuid::from_u128(3)), PaymentId(Uuid::from_u128(4)));
    let amount = Money::from_minor(30_000, Currency::Krw).unwrap();
    let start = Time::UNIX_EPOCH + Duration::from_secs(100_000);
    let names = vec!["A-1".to_owned()];
    let item = Item::Showing { showing_id, seats: names.clone(), quantity: 1 };
    let seats = || Fact::Seats { showing_id, names: names.clone(), quantity: 1 };
    let paid = |payment_id, status| Fact::Payment { payment_id, status };
    let requested = |payment_id| Fact::PaymentRequested {
        customer_id: customer_id.clone(),
        payment_id,
        amount,
    };
    let moved = |hours: u64| Fact::Rescheduled {
        customer_id: customer_id.clone(),
        showing_id,
        starts_at: start + Duration::from_secs(hours * 3600),
    };
    let confirmed = Fact::Confirmed {
        customer_id: customer_id.clone(),
        item: item.clone(),
        amount,
        starts_at: Some(start),
        title_id: Some(title_id),
    };
    let cancelled = Fact::Ended {
        customer_id: customer_id.clone(),
        status: BookingStatus::Cancelled,
        showing_id: Some(showing_id),
    };
    let facts = vec![
        (Fact::Placed { customer_id: customer_id.clone(), item }, 1),
        (seats(), 17),
        (requested(first), 3),
        (paid(first, PaymentStatus::Declined), 2),
        (requested(second), 5),
        (paid(second, PaymentStatus::Approved), 2),
        (confirmed, 6),
        (seats(), 18),
        (Fact::Delivery(DeliveryStatus::Started), 1),
        (Fact::License { title_id, status: LicenseStatus::Granted }, 1),
        (moved(1), 7),
        (moved(2), 8),
        (Fact::Delivery(DeliveryStatus::Completed), 2),
        (Fact::License { title_id, status: LicenseStatus::Revoked }, 2),
        (cancelled, 9),
        (seats(), 21),
        (Fact::Delivery(DeliveryStatus::Cancelled), 3),
        (paid(second, PaymentStatus::Cancelled), 4),
    ];
    let timed = |(n, (fact, sequence)): (u64, (Fact, u64))| {
        (fact, sequence, Time::UNIX_EPOCH + Duration::from_secs(n))
    };
    (0..).zip(facts).map(timed).collect()
}

fn booking(heard: &[Heard]) -> Booking {
    let mut booking = Booking::new(BookingId(Uuid::nil()), heard[0].2);
    for (fact, sequence, time) in heard {
        booking.hear(fact, *sequence, *time);
    }
    booking
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn order_and_repetition_make_no_difference(
        order in Just(life()).prop_shuffle(),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut heard = order.clone();
        heard.extend(again.iter().map(|index| order[index.index(order.len())].clone()));
        prop_assert_eq!(booking(&heard), booking(&life()));
    }
}

#[test]
fn the_life_of_a_booking_ends_as_it_was_said() {
    let booking = booking(&life());
    assert_eq!(booking.status(), Some(BookingStatus::Cancelled));
    assert_eq!(booking.payment_status(), Some(PaymentStatus::Cancelled));
    assert_eq!(booking.delivery.value, Some(DeliveryStatus::Cancelled));
    assert_eq!(booking.license.value, Some(LicenseStatus::Revoked));
    let start = Time::UNIX_EPOCH + Duration::from_secs(107_200);
    assert_eq!((booking.starts_at.value, booking.seats.sequence), (Some(start), 21));
}
