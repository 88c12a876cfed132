//! Home movie, the story of S2: a customer picks a film, pays, and the film is bought for them; they watch it at home.

mod attendance;
mod by_json;
mod deaths;

use std::time::{Duration, Instant};

use boxoffice_acceptance::booking::v1::{Booking, BookingState, RejectionReason};
use boxoffice_acceptance::catalog::v1::ListTitlesRequest;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::streaming::v1::{GetLicenseRequest, LicenseState};
use boxoffice_acceptance::{
    Context, DECLINED, Person, Refused as _, Settings, VISA, Wish, World, eventually, id, in_both,
    won,
};
use tonic::Code;

/// A film of the catalog, ordered and paid.
async fn ordered(world: &World, customer: &Person) -> Booking {
    let film = world.admin().register_film("The Third Man").await;
    customer.buy(Wish::home_movie(&film.title_id).paid_by(VISA)).await
}

/// Names of what a context has said in the case of a booking, in order.
async fn said(world: &World, context: Context, booking_id: &str) -> Vec<String> {
    let said = world.platform.said(context).await.unwrap();
    said.into_iter().filter(|it| it.correlation == booking_id).map(|it| it.name).collect()
}

/// FR-16, FR-20, FR-32, FR-33, NFR-01: pick, pay, licence, watch, watched.
async fn a_film_is_picked_paid_licensed_and_watched(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let name = format!("The Third Man {}", id());
    admin.register_film(&name).await;

    let request = ListTitlesRequest { query: name.clone(), ..Default::default() };
    let found = alice.client(Context::CATALOG).catalog().list_titles(request).await.unwrap();
    let film = found.into_inner().titles.remove(0);
    assert_eq!((film.name, film.home_price), (name, Some(won(5_000))));

    let booking = alice.buy(Wish::home_movie(&film.title_id).paid_by(VISA)).await;
    assert_eq!(booking.amount, Some(won(5_000)));
    alice.sees_payments(&booking.booking_id, &[Money::Approved]).await;

    let license = alice.sees_license(&booking.booking_id, LicenseState::Granted).await;
    assert_eq!((license.customer_id, license.title_id), (alice.sub.clone(), film.title_id));
    let watched = alice.watch_title(&license.license_id).await.unwrap();
    assert_eq!(watched.state(), LicenseState::Watched);
    assert_eq!(alice.watch_title(&license.license_id).await.unwrap(), watched, "again, for free");

    world.comes_to_rest().await;
    let said = said(&world, Context::STREAMING, &booking.booking_id).await;
    assert_eq!(said, ["LicenseGranted", "TitleWatched"]);
}
in_both!(a_film_is_picked_paid_licensed_and_watched);

/// NFR-02: unpaid, declined, or expired, it is never registered with the film system.
async fn an_order_that_is_not_paid_is_never_licensed(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let film = admin.register_film("The Third Man").await;
    let unpaid = alice.place(Wish::home_movie(&film.title_id)).await.unwrap();
    assert_eq!(unpaid.state(), BookingState::AwaitingPayment);
    let declined = alice.place(Wish::home_movie(&film.title_id).paid_by(DECLINED)).await.unwrap();
    assert_eq!(declined.state(), BookingState::Rejected);
    assert_eq!(declined.rejection.unwrap().reason(), RejectionReason::PaymentDeclined);
    assert_eq!(alice.licenses("").await.unwrap(), []);

    alice.sees(&unpaid.booking_id, BookingState::Expired).await;
    world.comes_to_rest().await;
    assert_eq!(alice.licenses("").await.unwrap(), []);
    assert_eq!(said(&world, Context::STREAMING, &unpaid.booking_id).await, [""; 0]);
}
in_both!(an_order_that_is_not_paid_is_never_licensed, Settings::default().flag("hold", "3s"));

/// A licence is its customer's alone; customer care sees it.
async fn nobody_else_sees_or_watches_it(world: World) {
    let (alice, mallory) = (world.customer("alice"), world.customer("mallory"));
    let booking = ordered(&world, &alice).await;
    let license = alice.sees_license(&booking.booking_id, LicenseState::Granted).await;

    let refusal = mallory.watch_title(&license.license_id).await.refused();
    refusal.with(Code::NotFound, "LICENSE_NOT_FOUND");
    let get = || GetLicenseRequest { license_id: license.license_id.clone() };
    let hers = mallory.client(Context::STREAMING).streaming().get_license(get()).await;
    hers.refused().with(Code::NotFound, "LICENSE_NOT_FOUND");
    assert_eq!(mallory.licenses("").await.unwrap(), []);
    assert_eq!(world.care().licenses(&booking.booking_id).await.unwrap(), [license]);
}
in_both!(nobody_else_sees_or_watches_it);

/// NFR-11, NFR-13: orders are taken while the film system is down, and licensed when it is back.
async fn what_is_ordered_while_streaming_is_down_is_licensed_afterwards(world: World) {
    let alice = world.customer("alice");
    world.platform.down(Context::STREAMING).await.unwrap();
    let mut bookings = Vec::new();
    for _ in 0..3 {
        bookings.push(ordered(&world, &alice).await);
    }
    world.platform.heal(Context::STREAMING).await.unwrap();
    for booking in bookings {
        let license = alice.sees_license(&booking.booking_id, LicenseState::Granted).await;
        alice.watch_title(&license.license_id).await.unwrap();
    }
}
in_both!(what_is_ordered_while_streaming_is_down_is_licensed_afterwards);

/// FR-21, FR-40, FR-41, FR-43: before watching the order is cancelled: the licence is revoked, the money comes back.
async fn before_watching_it_is_cancelled_and_refunded(world: World) {
    let alice = world.customer("alice");
    let booking = ordered(&world, &alice).await;
    let license = alice.sees_license(&booking.booking_id, LicenseState::Granted).await;

    let cancelled = alice.cancel(&booking.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    let revoked = alice.sees_license(&booking.booking_id, LicenseState::Revoked).await;
    assert_eq!(revoked.license_id, license.license_id);
    let refusal = alice.watch_title(&license.license_id).await.refused();
    refusal.with(Code::FailedPrecondition, "LICENSE_REVOKED");
    let refunded = alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
    assert_eq!(refunded[0].amount, Some(won(5_000)));

    assert_eq!(alice.cancel(&booking.booking_id).await.unwrap(), cancelled, "again, the same");
    world.comes_to_rest().await;
    let booking_said = said(&world, Context::BOOKING, &booking.booking_id).await;
    assert_eq!(booking_said, ["BookingPlaced", "BookingConfirmed", "BookingCancelled"]);
    let said = said(&world, Context::STREAMING, &booking.booking_id).await;
    assert_eq!(said, ["LicenseGranted", "LicenseRevoked"]);
}
in_both!(before_watching_it_is_cancelled_and_refunded);

/// Rule 4: cancelled before the film system has even heard of the order, it is never watched.
async fn cancelled_at_once_it_is_never_watched(world: World) {
    let alice = world.customer("alice");
    world.platform.broker_down().await.unwrap();
    let booking = ordered(&world, &alice).await;
    let cancelled = alice.cancel(&booking.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    world.platform.broker_up().await.unwrap();

    let license = alice.sees_license(&booking.booking_id, LicenseState::Revoked).await;
    let refusal = alice.watch_title(&license.license_id).await.refused();
    refusal.with(Code::FailedPrecondition, "LICENSE_REVOKED");
    alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
}
in_both!(cancelled_at_once_it_is_never_watched);

/// Design §2, a row of its table; FR-41: after watching it is too late, for customer care too, and nothing changes.
async fn after_watching_nothing_is_cancelled(world: World) {
    let alice = world.customer("alice");
    let booking = ordered(&world, &alice).await;
    let license = alice.sees_license(&booking.booking_id, LicenseState::Granted).await;
    let watched = alice.watch_title(&license.license_id).await.unwrap();

    // At once, when streaming alone knows; and later, when booking has heard of it.
    let refusal = alice.cancel(&booking.booking_id).await.refused();
    refusal.with(Code::FailedPrecondition, "TOO_LATE_TO_CANCEL");
    world.comes_to_rest().await;
    let refusal = world.care().cancel(&booking.booking_id).await.refused();
    refusal.with(Code::FailedPrecondition, "TOO_LATE_TO_CANCEL");

    assert_eq!(alice.get(&booking.booking_id).await.unwrap().state(), BookingState::Confirmed);
    assert_eq!(alice.licenses(&booking.booking_id).await.unwrap(), [watched]);
    alice.sees_payments(&booking.booking_id, &[Money::Approved]).await;
}
in_both!(after_watching_nothing_is_cancelled);

/// Design §2, a row of its table: streaming down, the cancel is told UNAVAILABLE, in milliseconds once its breaker is open;
/// the intent is withdrawn, and the order stands until it is cancelled again.
async fn while_streaming_is_down_a_cancel_is_refused_and_the_order_stands(world: World) {
    let alice = world.customer("alice");
    let booking = ordered(&world, &alice).await;
    let license = alice.sees_license(&booking.booking_id, LicenseState::Granted).await;
    world.platform.down(Context::STREAMING).await.unwrap();

    let refusal = alice.cancel(&booking.booking_id).await.refused();
    let refusal = refusal.with(Code::Unavailable, "PEER_UNAVAILABLE");
    assert!(refusal.retry.is_some(), "{refusal:?}");
    let stands = alice.get(&booking.booking_id).await.unwrap();
    assert_eq!(stands.state(), BookingState::Confirmed, "the intent is withdrawn");
    eventually("refusals come in milliseconds", || async {
        let began = Instant::now();
        assert_eq!(alice.cancel(&booking.booking_id).await.refused().code, Code::Unavailable);
        (began.elapsed() < Duration::from_millis(250)).then_some(())
    })
    .await;

    world.platform.heal(Context::STREAMING).await.unwrap();
    world.comes_to_rest().await;
    assert_eq!(alice.get(&booking.booking_id).await.unwrap().state(), BookingState::Confirmed);
    assert_eq!(
        alice.licenses(&booking.booking_id).await.unwrap(),
        [license],
        "nothing was revoked"
    );
    let cancelled =
        eventually("it is cancelled", || async { alice.cancel(&booking.booking_id).await.ok() });
    assert_eq!(cancelled.await.state(), BookingState::Cancelled);
    alice.sees_license(&booking.booking_id, LicenseState::Revoked).await;
    alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
}
in_both!(while_streaming_is_down_a_cancel_is_refused_and_the_order_stands);

/// FR-41: watching and cancelling at once: one of them is refused, and the money goes with the licence.
async fn watching_races_cancelling_and_one_of_them_wins(world: World) {
    let alice = world.customer("alice");
    for _ in 0..8 {
        let booking = ordered(&world, &alice).await;
        let license = alice.sees_license(&booking.booking_id, LicenseState::Granted).await;
        let watching = alice.watch_title(&license.license_id);
        let (watched, cancelled) = tokio::join!(watching, alice.cancel(&booking.booking_id));
        assert!(watched.is_ok() != cancelled.is_ok(), "{watched:?} {cancelled:?}");
        let (state, money) = match cancelled {
            Ok(_) => (BookingState::Cancelled, Money::Cancelled),
            Err(_) => (BookingState::Confirmed, Money::Approved),
        };
        alice.sees(&booking.booking_id, state).await;
        alice.sees_payments(&booking.booking_id, &[money]).await;
    }
}
in_both!(watching_races_cancelling_and_one_of_them_wins);
