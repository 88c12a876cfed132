//! Everything a caller may repeat: the same id is the same request, and another body under it is refused (AIP-155).

use boxoffice_acceptance::booking::v1::{Booking, BookingState};
use boxoffice_acceptance::catalog::v1::{Kind, RegisterTitleRequest, Title};
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::wkt::Duration;
use boxoffice_acceptance::{
    Context, OTHER_CARD, Person, Plan, Refused as _, VISA, Wish, World, id, in_both,
    in_both_shared, won,
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tonic::Code;

/// NFR-01, design §2 rule 3: one booking, one charge.
async fn the_same_request_sent_20_times_at_once_is_one_booking_and_one_charge(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let wish = Wish::places(&showing, 2).paid_by(VISA);

    let answers = join_all((0..20).map(|_| alice.place(wish.clone()))).await;
    let answers: Vec<Booking> = answers.into_iter().map(Result::unwrap).collect();
    for answer in &answers {
        assert_eq!(answer.booking_id, answers[0].booking_id);
        assert_eq!(answer.state(), BookingState::Confirmed, "{answer:?}");
    }
    assert_eq!(alice.bookings().await.unwrap().len(), 1);
    alice.sees_payments(&answers[0].booking_id, &[Money::Approved]).await;
    alice.sees_seats(&showing, 98, 0, 2).await;
}
in_both!(the_same_request_sent_20_times_at_once_is_one_booking_and_one_charge);

/// The same for paying and for cancelling.
async fn paying_and_cancelling_20_times_at_once_is_one_charge_and_one_refund(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let booking = alice.place(Wish::places(&showing, 2)).await.unwrap().booking_id;
    let request_id = id();

    let paid = join_all((0..20).map(|_| alice.pay_under(&request_id, &booking, VISA))).await;
    let paid: Vec<_> = paid.into_iter().map(|it| it.unwrap().payment.unwrap().payment_id).collect();
    assert!(paid.iter().all(|it| *it == paid[0]), "{paid:?}");
    alice.sees_payments(&booking, &[Money::Approved]).await;

    for cancelled in join_all((0..20).map(|_| alice.cancel(&booking))).await {
        assert_eq!(cancelled.unwrap().state(), BookingState::Cancelled);
    }
    alice.sees_payments(&booking, &[Money::Cancelled]).await;
    alice.sees_seats(&showing, 100, 0, 0).await;
}
in_both!(paying_and_cancelling_20_times_at_once_is_one_charge_and_one_refund);

/// A different body under the same id is refused, and changes nothing.
async fn another_body_under_the_same_request_id_is_refused(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let wish = Wish::places(&showing, 2).paid_by(VISA);
    let booking = alice.buy(wish.clone()).await;
    let request_id = wish.clone().request().request_id;

    let others = [
        Wish::places(&showing, 3).paid_by(VISA),
        Wish::places(&showing, 2).paid_by(OTHER_CARD),
        Wish::places(&showing, 2),
        wish.clone().but(|it| it.contact = Some(Default::default())),
    ];
    for other in others {
        let refusal = alice.place(other.under(&request_id)).await.refused();
        refusal.with(Code::InvalidArgument, "REQUEST_ID_REUSED").of("request_id");
    }
    assert_eq!(alice.place(wish).await.unwrap(), alice.get(&booking.booking_id).await.unwrap());
    assert_eq!(alice.bookings().await.unwrap().len(), 1);
    alice.sees_seats(&showing, 98, 0, 2).await;
}
in_both!(another_body_under_the_same_request_id_is_refused);

/// The id belongs to whoever chose it, and for paying to the booking too.
async fn a_request_id_is_its_callers_own(world: World) {
    let (admin, alice, bob) = (world.admin(), world.customer("alice"), world.customer("bob"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let wish = Wish::places(&showing, 2);
    let hers = alice.place(wish.clone()).await.unwrap();
    let his = bob.place(wish.clone()).await.unwrap();
    assert_ne!(hers.booking_id, his.booking_id);
    let other = alice.place(Wish::places(&showing, 1)).await.unwrap();

    let request_id = wish.request().request_id;
    alice.pay_under(&request_id, &hers.booking_id, VISA).await.unwrap();
    let refusal = alice.pay_under(&request_id, &hers.booking_id, OTHER_CARD).await.refused();
    refusal.with(Code::InvalidArgument, "REQUEST_ID_REUSED").of("request_id");
    alice.pay_under(&request_id, &other.booking_id, OTHER_CARD).await.unwrap();
    alice.sees_payments(&hers.booking_id, &[Money::Approved]).await;
    alice.sees_payments(&other.booking_id, &[Money::Approved]).await;
    bob.cancel(&his.booking_id).await.unwrap();
}
in_both!(a_request_id_is_its_callers_own);

/// FR-01, FR-03, FR-06: registering and scheduling again answers with the same title and the same showing.
async fn registering_and_scheduling_again_is_one_title_and_one_showing(world: World) {
    let admin = world.admin();
    let catalog = admin.client(Context::CATALOG).catalog();
    let title = Title {
        kind: Kind::Musical.into(),
        name: "Once Again".to_owned(),
        running_time: Some(Duration { seconds: 7_200, nanos: 0 }),
        ..Title::default()
    };
    let request = RegisterTitleRequest { request_id: id(), title: Some(title.clone()) };
    let register = async |_| catalog.clone().register_title(request.clone()).await;
    let answers = join_all((0..10).map(register)).await;
    let titles: Vec<_> =
        answers.into_iter().map(|it| it.unwrap().into_inner().title.unwrap().title_id).collect();
    assert!(titles.iter().all(|it| *it == titles[0]), "{titles:?}");
    let other = Title { name: "Twice Again".to_owned(), ..title };
    let other = RegisterTitleRequest { title: Some(other), ..request };
    let refusal = catalog.clone().register_title(other).await.refused();
    refusal.with(Code::InvalidArgument, "REQUEST_ID_REUSED").of("request_id");

    let seating = admin.client(Context::SEATING).seating();
    let request = Plan::general(100, 9_000).of_title(&titles[0]).request();
    let schedule = async |_| seating.clone().schedule_showing(request.clone()).await;
    let answers = join_all((0..10).map(schedule)).await;
    let showings: Vec<_> = answers
        .into_iter()
        .map(|it| it.unwrap().into_inner().showing.unwrap().showing_id)
        .collect();
    assert!(showings.iter().all(|it| *it == showings[0]), "{showings:?}");
    let mut other = request;
    other.venue = "Elsewhere".to_owned();
    let refusal = seating.clone().schedule_showing(other).await.refused();
    refusal.with(Code::InvalidArgument, "REQUEST_ID_REUSED").of("request_id");
}
in_both_shared!(registering_and_scheduling_again_is_one_title_and_one_showing);

/// Over HTTP the id may also come as `Idempotency-Key` (design §2, rule 3).
async fn over_http_the_request_id_may_be_the_idempotency_key(world: World) {
    let (admin, alice) = (world.admin(), world.customer("alice"));
    let showing = admin.schedule(Plan::general(100, 9_000)).await;
    let body = json!({
        "showing": { "showingId": showing, "quantity": 2 },
        "paymentMethod": VISA,
    });
    let key = id();
    let first = post(&alice, "/v1/bookings", &key, &body).await;
    assert_eq!(first["booking"]["state"], "BOOKING_STATE_CONFIRMED", "{first}");
    assert_eq!(post(&alice, "/v1/bookings", &key, &body).await, first);
    assert_eq!(alice.bookings().await.unwrap().len(), 1);

    let held = alice.place(Wish::places(&showing, 1)).await.unwrap().booking_id;
    let (path, body) = (format!("/v1/bookings/{held}:pay"), json!({ "paymentMethod": VISA }));
    let paid = post(&alice, &path, &key, &body).await;
    assert_eq!(post(&alice, &path, &key, &body).await, paid);
    let payments = alice.sees_payments(&held, &[Money::Approved]).await;
    assert_eq!(payments[0].amount, Some(won(9_000)));
}
in_both!(over_http_the_request_id_may_be_the_idempotency_key);

async fn post(person: &Person, path: &str, key: &str, body: &Value) -> Value {
    let request = person.client(Context::BOOKING).http(Method::POST, path);
    let answer = request.header("idempotency-key", key).json(body).send().await.unwrap();
    let (status, body) = (answer.status(), answer.json().await.unwrap());
    assert!(status.is_success(), "{status} {body}");
    body
}
