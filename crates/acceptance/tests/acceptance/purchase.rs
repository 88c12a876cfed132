//! The purchase, row by row of its table (design §2); its seven rules are in `rules`.

mod cancelling;
mod paying;
mod rules;
mod seats;

use boxoffice_acceptance::booking::v1::{BookingState, Fulfilment, PaymentState};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::{Plan, VISA, Wish, World, in_both, won};

/// FR-10, FR-12, FR-17, FR-20, FR-23, FR-40, FR-42, NFR-01, D-1: seats left go 120, 116, 120.
async fn four_of_120_places_are_bought_in_one_call_and_given_back(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(120, 15_000)).await;
    alice.sees_seats(&showing, 120, 0, 0).await;

    let booking = alice.buy(Wish::places(&showing, 4).paid_by(VISA)).await;
    assert_eq!(booking.amount, Some(won(60_000)));
    assert_eq!(booking.customer_id, alice.sub);
    assert_eq!(booking.fulfilment(), Fulfilment::ETicket);
    assert_eq!(booking.payment.as_ref().unwrap().state(), PaymentState::Approved);
    let paid = alice.sees_payments(&booking.booking_id, &[Money::Approved]).await;
    assert_eq!(paid[0].amount, Some(won(60_000)));
    assert_eq!(paid[0].payment_id, booking.payment.unwrap().payment_id);
    alice.sees_seats(&showing, 116, 0, 4).await;

    alice.cancel(&booking.booking_id).await.unwrap();
    alice.sees_seats(&showing, 120, 0, 0).await;
}
in_both!(four_of_120_places_are_bought_in_one_call_and_given_back);

/// FR-07, FR-13, FR-23: each seat at the price of its grade, summed by the server.
async fn identified_seats_are_bought_at_the_price_of_their_grades(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let rows =
        [("A", "VIP"), ("B", "S")].map(|(label, grade)| boxoffice_acceptance::seating::v1::Row {
            label: label.to_owned(),
            seats: 10,
            grade: grade.to_owned(),
            ..Default::default()
        });
    let prices = [("VIP", 150_000), ("S", 60_000)];
    let showing = admin.schedule(Plan::seat_map(rows.to_vec(), &prices)).await;

    let booking = alice.buy(Wish::seats(&showing, &["A-10", "B-1", "B-2"]).paid_by(VISA)).await;
    assert_eq!(booking.amount, Some(won(270_000)));
    let seats: Vec<_> =
        booking.seats.iter().map(|it| (&*it.seat, &*it.grade, it.price.clone())).collect();
    let (vip, s) = (Some(won(150_000)), Some(won(60_000)));
    let expected = [("A-10", "VIP", vip), ("B-1", "S", s.clone()), ("B-2", "S", s)];
    assert_eq!(seats, expected);
    alice.sees_seats(&showing, 17, 0, 3).await;
}
in_both!(identified_seats_are_bought_at_the_price_of_their_grades);

/// FR-15, D-8: with a postal address the tickets come by post; no event carries it (design §3).
async fn a_booking_may_carry_a_name_a_phone_and_an_address(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(10, 9_000)).await;
    let contact = boxoffice_acceptance::booking::v1::Contact {
        name: "Alice Liddell".to_owned(),
        phone: "+82 2 312 3456".to_owned(),
        address: "7 Rabbit Hole Lane".to_owned(),
        ..Default::default()
    };
    let wish = Wish::places(&showing, 1)
        .paid_by(VISA)
        .but(|request| request.contact = Some(contact.clone()));
    let booking = alice.buy(wish).await;
    assert_eq!(booking.fulfilment(), Fulfilment::Post);
    let read = alice.get(&booking.booking_id).await.unwrap().contact.unwrap();
    assert_eq!(
        (read.name, read.phone, read.address),
        (contact.name, contact.phone, contact.address)
    );
}
in_both!(a_booking_may_carry_a_name_a_phone_and_an_address);

/// FR-16, FR-41: a title to watch at home has neither seats nor a start.
async fn a_title_to_watch_at_home_is_bought_and_cancelled(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let film = admin.register_film("The Third Man").await;

    let booking = alice.buy(Wish::home_movie(&film.title_id).paid_by(VISA)).await;
    assert_eq!(booking.amount, Some(won(5_000)));
    assert_eq!(booking.fulfilment(), Fulfilment::Stream);
    assert_eq!(booking.start_time, None);

    let cancelled = alice.cancel(&booking.booking_id).await.unwrap();
    assert_eq!(cancelled.state(), BookingState::Cancelled);
    alice.sees_payments(&booking.booking_id, &[Money::Cancelled]).await;
}
in_both!(a_title_to_watch_at_home_is_bought_and_cancelled);
