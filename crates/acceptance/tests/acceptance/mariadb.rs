//! Every context on MariaDB, those that sell too (CP-10).

use std::sync::Arc;

use boxoffice_acceptance::booking::v1::{BookingState, RejectionReason};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::streaming::v1::LicenseState;
use boxoffice_acceptance::{
    Context, DECLINED, Fleet, Plan, Settings, VISA, Wish, World, id, in_fleet,
};
use futures::future::join_all;

/// CP-10, FR-10, FR-14, FR-20, FR-32, FR-40, FR-44: sold exactly once, watched, given back, and audited.
async fn all_of_it_works_with_every_context_on_mariadb(world: World, fleet: Arc<Fleet>) {
    assert!(fleet.database(Context::BOOKING).starts_with("mysql:"));
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let named = admin.schedule(Plan::rows(1, 10, 9_000)).await;
    let booking = alice.buy(Wish::seats(&named, &["A-1", "A-2"]).paid_by(VISA)).await;
    let refused = bob.place(Wish::seats(&named, &["A-2", "A-3"]).paid_by(VISA)).await.unwrap();
    assert_eq!(refused.rejection.unwrap().seats, ["A-2"]);
    let declined = bob.place(Wish::seats(&named, &["A-3"]).paid_by(DECLINED)).await.unwrap();
    assert_eq!(declined.rejection.unwrap().reason(), RejectionReason::PaymentDeclined);

    let general = admin.schedule(Plan::general(10, 9_000)).await;
    let buyers: Vec<_> = (0..30).map(|n| world.customer(&format!("buyer{n}"))).collect();
    let bought = join_all(buyers.iter().map(async |buyer| {
        let placed = buyer.place(Wish::places(&general, 1).paid_by(VISA)).await.unwrap();
        placed.state() == BookingState::Confirmed
    }));
    assert_eq!(bought.await.into_iter().filter(|it| *it).count(), 10);
    alice.sees_seats(&general, 0, 0, 10).await;

    let film = admin.register_film(&format!("The Third Man {}", id())).await;
    let watching = alice.buy(Wish::home_movie(&film.title_id).paid_by(VISA)).await;
    let license = alice.sees_license(&watching.booking_id, LicenseState::Granted).await;
    alice.watch_title(&license.license_id).await.unwrap();

    alice.cancel(&booking.booking_id).await.unwrap();
    alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
    alice.sees_seats(&named, 10, 0, 0).await;
    // The tables are there already, and may be asked for again.
    let migrated = world.platform.operate(&["migrate"]).await.unwrap();
    assert!(migrated.status.success(), "{}", migrated.text());
}
in_fleet!(all_of_it_works_with_every_context_on_mariadb, Settings::default().on_mariadb());
