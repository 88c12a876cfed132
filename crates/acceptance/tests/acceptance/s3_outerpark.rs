//! `OuterPark`, the story of S3: the seats of a musical are taken in the call, the payment settles when it can, and every
//! step gives the customer a notice and customer care a line to look at.

mod by_json;
mod seating_hangs;

use std::collections::BTreeMap;
use std::time::Duration;

use boxoffice_acceptance::booking::v1::{BookingState, PaymentState, RejectionReason};
use boxoffice_acceptance::mypage::v1::{
    BookingStatus, DeliveryStatus, PaymentStatus, SearchBookingsRequest, Step,
};
use boxoffice_acceptance::notification::v1::NoticeKind;
use boxoffice_acceptance::payment::v1::PaymentState as Money;
use boxoffice_acceptance::{
    Context, Plan, Refused as _, Settings, VISA, Wish, World, eventually, in_both, in_future, won,
};
use tonic::Code;

/// What a customer is told of a booking that was paid, until its tickets are there.
const BOUGHT: [NoticeKind; 4] = [
    NoticeKind::PaymentApproved,
    NoticeKind::BookingConfirmed,
    NoticeKind::DeliveryStarted,
    NoticeKind::DeliveryCompleted,
];

/// What they are told besides when they give it back.
const GIVEN_BACK: [NoticeKind; 3] =
    [NoticeKind::BookingCancelled, NoticeKind::PaymentCancelled, NoticeKind::DeliveryCancelled];

/// Every step of a booking that was bought while payment was away, and given back.
const STEPS: [(&str, &str); 12] = [
    ("BookingCancelled", "booking"),
    ("BookingConfirmed", "booking"),
    ("BookingPlaced", "booking"),
    ("DeliveryCancelled", "delivery"),
    ("DeliveryCompleted", "delivery"),
    ("DeliveryStarted", "delivery"),
    ("PaymentApproved", "payment"),
    ("PaymentCancelled", "payment"),
    ("PaymentRequested", "booking"),
    ("SeatsHeld", "seating"),
    ("SeatsReleased", "seating"),
    ("SeatsSold", "seating"),
];

/// A musical with so many seats, 70,000 won each.
async fn musical(world: &World, seats: i32) -> String {
    let admin = world.admin();
    let title = admin.register_musical("The Phantom of the Opera").await;
    admin.schedule(Plan::general(seats, 70_000).of_title(&title.title_id)).await
}

/// FR-05, FR-11, FR-12, FR-23, NFR-03, NFR-04, D-1, D-2: payment is stopped, bookings are accepted all the same, and settle
/// when it returns.
async fn seats_are_taken_in_the_call_and_the_payment_settles_later(world: World) {
    let (showing, alice, bob) =
        (musical(&world, 10).await, world.customer("alice"), world.customer("bob"));
    world.platform.down(Context::PAYMENT).await.unwrap();

    let booked = alice.place(Wish::places(&showing, 4).paid_by(VISA)).await.unwrap();
    assert_eq!(booked.state(), BookingState::AwaitingPayment);
    assert_eq!(booked.payment.as_ref().unwrap().state(), PaymentState::Pending);
    assert_eq!(booked.amount, Some(won(280_000)));
    let seen = bob.showing(&showing).await.unwrap();
    assert_eq!((seen.seats_left, seen.seats_held, seen.seats_sold), (6, 4, 0), "taken in the call");

    let too_many = bob.place(Wish::places(&showing, 7).paid_by(VISA)).await.unwrap();
    assert_eq!(too_many.state(), BookingState::Rejected);
    assert_eq!(too_many.rejection.unwrap().reason(), RejectionReason::SeatsUnavailable);
    let also = bob.place(Wish::places(&showing, 6).paid_by(VISA)).await.unwrap();
    assert_eq!(also.state(), BookingState::AwaitingPayment);
    let seen = alice.showing(&showing).await.unwrap();
    assert_eq!((seen.seats_left, seen.seats_held, seen.seats_sold), (0, 10, 0));
    assert_eq!(alice.notices(&booked.booking_id).await.unwrap(), [], "nothing is approved yet");

    world.platform.heal(Context::PAYMENT).await.unwrap();
    for (customer, booking) in [(&alice, &booked), (&bob, &also)] {
        customer.sees(&booking.booking_id, BookingState::Confirmed).await;
        let paid = customer.sees_payments(&booking.booking_id, &[Money::Approved]).await;
        assert_eq!(paid[0].amount, booking.amount);
        customer.is_told(&booking.booking_id, &BOUGHT).await;
    }
    alice.sees_seats(&showing, 0, 0, 10).await;
}
in_both!(seats_are_taken_in_the_call_and_the_payment_settles_later);

/// NFR-03, D-2: payment does not return in time: nobody has a seat unpaid, and the seats are on sale again.
async fn what_is_not_settled_in_time_is_on_sale_again(world: World) {
    let (showing, alice) = (musical(&world, 10).await, world.customer("alice"));
    world.platform.down(Context::PAYMENT).await.unwrap();
    let booked = alice.place(Wish::places(&showing, 4).paid_by(VISA)).await.unwrap();
    alice.sees(&booked.booking_id, BookingState::Expired).await;
    alice.sees_seats(&showing, 10, 0, 0).await;
    alice.is_told(&booked.booking_id, &[NoticeKind::BookingExpired]).await;

    world.platform.heal(Context::PAYMENT).await.unwrap();
    world.comes_to_rest().await;
    let kept = [Money::Approved, Money::Refunding, Money::Pending];
    let payments = alice.payments(&booked.booking_id).await.unwrap();
    assert!(payments.iter().all(|it| !kept.contains(&it.state())), "{payments:?}");
    alice.is_told(&booked.booking_id, &[NoticeKind::BookingExpired]).await;
}
in_both!(what_is_not_settled_in_time_is_on_sale_again, Settings::default().flag("hold", "6s"));

/// FR-21, FR-42, FR-50, FR-51, FR-52, D-6: each step is told to whom it concerns, once, and says what it costs.
async fn a_notice_is_given_on_approval_and_on_refund(world: World) {
    let (showing, alice, bob) =
        (musical(&world, 10).await, world.customer("alice"), world.customer("bob"));
    let booking_id = alice.buy(Wish::places(&showing, 2).paid_by(VISA)).await.booking_id;
    let told = alice.is_told(&booking_id, &BOUGHT).await;
    let approved = told.iter().find(|it| it.kind() == NoticeKind::PaymentApproved).unwrap();
    assert!(approved.text.contains("140000"), "{approved:?}");

    alice.cancel(&booking_id).await.unwrap();
    let all = [&BOUGHT[..], &GIVEN_BACK].concat();
    let told = alice.is_told(&booking_id, &all).await;
    let refunded = told.iter().find(|it| it.kind() == NoticeKind::PaymentCancelled).unwrap();
    assert!(refunded.text.contains("140000"), "{refunded:?}");
    alice.sees_seats(&showing, 10, 0, 0).await;

    world.comes_to_rest().await;
    alice.is_told(&booking_id, &all).await;
    assert_eq!(bob.notices("").await.unwrap(), [], "nobody hears of another's booking");
    assert_eq!(bob.notices(&booking_id).await.unwrap(), []);
}
in_both!(a_notice_is_given_on_approval_and_on_refund);

/// FR-52: in the language of whoever reads them.
async fn notices_are_in_the_customers_language(world: World) {
    let (showing, alice) = (musical(&world, 10).await, world.customer("alice"));
    for (language, tag) in [("ko-KR", "ko"), ("en-GB", "en"), ("fr", "en")] {
        let contact = boxoffice_acceptance::booking::v1::Contact {
            language: language.to_owned(),
            ..Default::default()
        };
        let wish = Wish::places(&showing, 1).but(|request| request.contact = Some(contact));
        let booking_id = alice.buy(wish.paid_by(VISA)).await.booking_id;
        eventually(&format!("four notices in {tag}"), || async {
            let notices = alice.notices(&booking_id).await.ok()?;
            let right = notices.len() == 4 && notices.iter().all(|it| it.language == tag);
            right.then_some(())
        })
        .await;
        for notice in alice.notices(&booking_id).await.unwrap() {
            let is_korean = notice.text.chars().any(|it| ('가'..='힣').contains(&it));
            assert_eq!(is_korean, tag == "ko", "{notice:?}");
        }
    }
}
in_both!(notices_are_in_the_customers_language);

/// FR-72, NFR-15: customer care finds a booking that is stuck, and sees every step with its time and its cause.
async fn every_step_is_visible_to_customer_care(world: World) {
    let (showing, alice, care) = (musical(&world, 10).await, world.customer("alice"), world.care());
    world.platform.down(Context::PAYMENT).await.unwrap();
    let booking = alice.place(Wish::places(&showing, 2).paid_by(VISA)).await.unwrap();
    let booking_id = booking.booking_id;

    let stuck = eventually("care finds what is stuck", || async {
        let request = SearchBookingsRequest {
            customer_id: alice.sub.clone(),
            showing_id: showing.clone(),
            booking_status: BookingStatus::AwaitingPayment.into(),
            stuck_since_time: Some(in_future(Duration::ZERO)),
            ..SearchBookingsRequest::default()
        };
        let found = care.client(Context::MYPAGE).care().search_bookings(request).await.unwrap();
        found.into_inner().bookings.pop().filter(|it| it.payment_status() == PaymentStatus::Pending)
    })
    .await;
    assert_eq!((stuck.booking_id, stuck.customer_id), (booking_id.clone(), alice.sub.clone()));

    world.platform.heal(Context::PAYMENT).await.unwrap();
    alice.sees(&booking_id, BookingState::Confirmed).await;
    let arrived = |it: &_| standing(it) == (PaymentStatus::Approved, DeliveryStatus::Completed);
    alice.sees_page("paid and delivered", &booking_id, arrived).await;
    alice.cancel(&booking_id).await.unwrap();
    world.comes_to_rest().await;

    let (seen, steps) = care.care_page(&booking_id).await.unwrap();
    assert_eq!(seen.booking_status(), BookingStatus::Cancelled);
    assert_eq!(standing(&seen), (PaymentStatus::Cancelled, DeliveryStatus::Cancelled));
    let mut names: Vec<_> = steps.iter().map(|it| (&*it.name, &*it.context)).collect();
    names.sort_unstable();
    assert_eq!(names, STEPS);
    in_order_of_their_causes(&steps);
    assert_eq!(alice.page(&booking_id).await.unwrap(), (seen, steps), "the customer sees the same");
    let refusal = world.customer("bob").page(&booking_id).await.refused();
    refusal.with(Code::NotFound, "BOOKING_NOT_FOUND");
}
in_both!(every_step_is_visible_to_customer_care);

fn standing(
    view: &boxoffice_acceptance::mypage::v1::BookingView,
) -> (PaymentStatus, DeliveryStatus) {
    (view.payment_status(), view.delivery_status())
}

/// In the order of time, and none before what caused it; what one context does because another said so names its cause.
fn in_order_of_their_causes(steps: &[Step]) {
    let times: Vec<_> = steps.iter().map(|it| it.time.map(|it| (it.seconds, it.nanos))).collect();
    assert!(times.is_sorted() && times.iter().all(Option::is_some), "{times:?}");
    let places: BTreeMap<_, _> =
        steps.iter().zip(0..).map(|(it, place)| (&*it.event_id, place)).collect();
    for (step, place) in steps.iter().zip(0..) {
        if !step.cause_id.is_empty() {
            assert!(places[&*step.cause_id] <= place, "{step:?} comes before its cause");
        }
    }
    let cause_of = |name: &str| {
        let step = steps.iter().find(|it| it.name == name).unwrap();
        let cause = steps.iter().find(|it| it.event_id == step.cause_id);
        cause.map(|it| &*it.name)
    };
    let confirmed = Some("BookingConfirmed");
    assert_eq!((cause_of("SeatsSold"), cause_of("DeliveryStarted")), (confirmed, confirmed));
    assert_eq!(cause_of("BookingConfirmed"), Some("PaymentApproved"), "it settled by an event");
    assert_eq!(cause_of("SeatsReleased"), Some("BookingCancelled"));
    assert_eq!(cause_of("BookingPlaced"), None, "a person did that");
}
