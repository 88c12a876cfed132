//! Booking dies before and after every step of cancelling a title to watch; money and licence go together all the same.

use boxoffice_acceptance::booking::v1::BookingState;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::streaming::v1::LicenseState;
use boxoffice_acceptance::{Context, World, eventually, in_both};

use super::ordered;

/// Where it dies, and how the booking ends when nobody asks again.
const DEATHS: [(&str, BookingState); 6] = [
    ("before:cancel", BookingState::Confirmed),
    ("after:cancel", BookingState::Cancelled),
    ("before:revoke", BookingState::Cancelled),
    ("after:revoke", BookingState::Cancelled),
    ("before:finish-cancel", BookingState::Cancelled),
    ("after:finish-cancel", BookingState::Cancelled),
];

async fn cancelling_survives_a_death_at_every_step(world: World) {
    let alice = world.customer("alice");
    for (point, end) in DEATHS {
        let booking = ordered(&world, &alice).await;
        alice.sees_license(&booking.booking_id, LicenseState::Granted).await;
        world.platform.abort_at(Context::BOOKING, point).await.unwrap();
        // Whatever they are told is lost, or is an error.
        let (died, _) =
            tokio::join!(world.platform.ended(Context::BOOKING), alice.cancel(&booking.booking_id));
        assert_eq!(died.unwrap().code(), Some(128 + 6), "{point}");
        world.platform.start(Context::BOOKING).await.unwrap();

        let (license, money) = if end == BookingState::Cancelled {
            (LicenseState::Revoked, Money::Cancelled)
        } else {
            (LicenseState::Granted, Money::Approved)
        };
        eventually(&format!("{point} ends {end:?}"), || async {
            let now = alice.get(&booking.booking_id).await.ok()?;
            (now.state() == end).then_some(())
        })
        .await;
        alice.sees_license(&booking.booking_id, license).await;
        alice.sees_payments(&booking.booking_id, &[money]).await;
    }
}
in_both!(cancelling_survives_a_death_at_every_step);
